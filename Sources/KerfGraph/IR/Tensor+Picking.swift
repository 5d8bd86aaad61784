extension Tensor {
  /// Offsets of the indices of each axis: `offsets[k][i] = i · stride_k`.
  package var axisOffsets: [[Int]] {
    zip(shape, Extents.strides(shape)).map { extent, stride in (0..<extent).map { $0 * stride } }
  }

  /// Elements picked by an offset for each index of each output axis: `y[i₀, i₁, …] = x[offsets[0][i₀] + offsets[1][i₁] + …]`.
  ///
  /// Slices, transpositions, repetitions, reversals, gathers along an axis and paddings are all of this form.
  /// An offset below 0 stands for an element outside of `x`, taken from `fill` (one element of the same type).
  /// - Precondition: offsets stay within the elements.
  /// - Returns: `nil` for element types that are only carried, or a `fill` of another type.
  /// - Complexity: O(output), runs that are contiguous in `x` are copied as runs.
  package func picking(_ offsets: [[Int]], fill: Tensor? = nil) -> Tensor? {
    var source = storage
    if let fill {
      guard let joined = Storage.joined([storage, fill.storage]) else { return nil }
      source = joined
    }
    guard let picked = source.picking(Picking(offsets, fillAt: count)) else { return nil }
    return Tensor(shape: offsets.map(\.count), storage: picked)
  }

  /// Elements picked one by one: `y[i] = x[indices[i]]`.
  package func picking(_ indices: [Int], shape: [Int]) -> Tensor? {
    storage.picking(Picking([indices], fillAt: 0)).map { Tensor(shape: shape, storage: $0) }
  }
}

extension Tensor.Storage {
  /// All elements one part after the other, or `nil` where the parts' types differ or are only carried.
  package static func joined(_ parts: [Tensor.Storage]) -> Tensor.Storage? {
    func all<E>(_ elements: (Tensor.Storage) -> [E]?) -> [E]? {
      var result: [E] = []
      result.reserveCapacity(parts.reduce(0) { $0 + ($1.count ?? 0) })
      for part in parts {
        guard let more = elements(part) else { return nil }
        result.append(contentsOf: more)
      }
      return result
    }
    return switch parts.first {
    case .float: all { if case .float(let e) = $0 { e } else { nil } }.map { .float($0) }
    case .double: all { if case .double(let e) = $0 { e } else { nil } }.map { .double($0) }
    case .int8: all { if case .int8(let e) = $0 { e } else { nil } }.map { .int8($0) }
    case .uint8: all { if case .uint8(let e) = $0 { e } else { nil } }.map { .uint8($0) }
    case .int16: all { if case .int16(let e) = $0 { e } else { nil } }.map { .int16($0) }
    case .uint16: all { if case .uint16(let e) = $0 { e } else { nil } }.map { .uint16($0) }
    case .int32: all { if case .int32(let e) = $0 { e } else { nil } }.map { .int32($0) }
    case .uint32: all { if case .uint32(let e) = $0 { e } else { nil } }.map { .uint32($0) }
    case .int64: all { if case .int64(let e) = $0 { e } else { nil } }.map { .int64($0) }
    case .uint64: all { if case .uint64(let e) = $0 { e } else { nil } }.map { .uint64($0) }
    case .bool: all { if case .bool(let e) = $0 { e } else { nil } }.map { .bool($0) }
    case .float16: all { if case .float16(let e) = $0 { e } else { nil } }.map { .float16($0) }
    case .bfloat16: all { if case .bfloat16(let e) = $0 { e } else { nil } }.map { .bfloat16($0) }
    case .string: all { if case .string(let e) = $0 { e } else { nil } }.map { .string($0) }
    case .opaque, nil: nil
    }
  }

  func picking(_ pick: Picking) -> Tensor.Storage? {
    switch self {
    case .float(let e): .float(pick.from(e))
    case .double(let e): .double(pick.from(e))
    case .int8(let e): .int8(pick.from(e))
    case .uint8(let e): .uint8(pick.from(e))
    case .int16(let e): .int16(pick.from(e))
    case .uint16(let e): .uint16(pick.from(e))
    case .int32(let e): .int32(pick.from(e))
    case .uint32(let e): .uint32(pick.from(e))
    case .int64(let e): .int64(pick.from(e))
    case .uint64(let e): .uint64(pick.from(e))
    case .bool(let e): .bool(pick.from(e))
    case .float16(let e): .float16(pick.from(e))
    case .bfloat16(let e): .bfloat16(pick.from(e))
    case .string(let e): .string(pick.from(e))
    case .opaque: nil
    }
  }

  /// `count` copies of the first element.
  func repeatingFirst(_ count: Int) -> Tensor.Storage? {
    picking(Picking([[Int](repeating: 0, count: count)], fillAt: 0))
  }
}

/// A walk over the output of `Tensor.picking`: the last axis in runs, the others by recursion.
struct Picking {
  private let outer: [[Int]]
  private let inner: [Int]
  /// The last axis reads consecutive elements.
  private let isRun: Bool
  private let fillAt: Int
  private let count: Int

  init(_ offsets: [[Int]], fillAt: Int) {
    var outer = offsets
    var inner = outer.popLast() ?? [0]
    count = offsets.reduce(1) { $0 * $1.count }
    // Two axes that read consecutive elements together are one longer run.
    while let previous = outer.last, Self.steps(inner, by: 1), Self.steps(previous, by: inner.count) {
      let start = previous[0] + inner[0]
      inner = Array(start..<start + previous.count * inner.count)
      outer.removeLast()
    }
    self.outer = outer
    self.inner = inner
    self.fillAt = fillAt
    isRun = Self.steps(inner, by: 1)
  }

  private static func steps(_ list: [Int], by step: Int) -> Bool {
    guard let first = list.first, first >= 0 else { return false }
    for i in list.indices where list[i] != first + i * step { return false }
    return true
  }

  func from<E>(_ source: [E]) -> [E] {
    var result: [E] = []
    if count == 0 { return result }
    result.reserveCapacity(count)
    walk(0, 0, source, count, &result)
    return result
  }

  private func walk<E>(_ axis: Int, _ base: Int, _ source: [E], _ block: Int, _ result: inout [E]) {
    guard axis < outer.count else {
      if isRun {
        result.append(contentsOf: source[base + inner[0]..<base + inner[0] + inner.count])
      } else {
        for offset in inner { result.append(source[offset < 0 ? fillAt : base + offset]) }
      }
      return
    }
    let part = block / outer[axis].count
    for offset in outer[axis] {
      if offset < 0 {
        result.append(contentsOf: repeatElement(source[fillAt], count: part))
      } else {
        walk(axis + 1, base + offset, source, part, &result)
      }
    }
  }
}
