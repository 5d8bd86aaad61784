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
    let parts = [storage] + (fill.map { [$0.storage] } ?? [])
    return Storage.selecting(Picking(offsets), from: parts).map { Tensor(shape: offsets.map(\.count), storage: $0) }
  }

  /// Elements picked one by one: `y[i] = x[indices[i]]`.
  package func picking(_ indices: [Int], shape: [Int]) -> Tensor? {
    Storage.selecting(Picking([indices]), from: [storage]).map { Tensor(shape: shape, storage: $0) }
  }
}

/// A walk over the output of `Tensor.picking`: the last axis in runs, the others by recursion.
///
/// The first part is the source, the second (where there is one) holds the element that offsets below 0 stand for.
struct Picking: ElementSelection {
  /// What the last axis reads, relative to the offsets of the others.
  private enum Inner {
    case run(Range<Int>)
    case same(Int, count: Int)
    case list([Int])
  }

  private let outer: [[Int]]
  private let inner: Inner
  private let count: Int

  init(_ offsets: [[Int]]) {
    count = offsets.reduce(1) { $0 * $1.count }
    var outer = offsets
    let last = outer.popLast() ?? [0]
    if Self.steps(last, by: 1) {
      var run = last[0]..<last[0] + last.count
      // Two axes that read consecutive elements together are one longer run.
      while let previous = outer.last, Self.steps(previous, by: run.count) {
        run = previous[0] + run.lowerBound..<previous[0] + run.lowerBound + previous.count * run.count
        outer.removeLast()
      }
      inner = .run(run)
    } else if let first = last.first, first >= 0, last.allSatisfy({ $0 == first }) {
      inner = .same(first, count: last.count)
    } else {
      inner = .list(last)
    }
    self.outer = outer
  }

  private static func steps(_ list: [Int], by step: Int) -> Bool {
    guard let first = list.first, first >= 0 else { return false }
    for i in list.indices where list[i] != first + i * step { return false }
    return true
  }

  func callAsFunction<E>(_ parts: [[E]]) -> [E] {
    var result: [E] = []
    if count == 0 { return result }
    result.reserveCapacity(count)
    walk(0, 0, parts[0], parts.count > 1 ? parts[1][0] : nil, count, &result)
    return result
  }

  private func walk<E>(_ axis: Int, _ base: Int, _ source: [E], _ fill: E?, _ block: Int, _ result: inout [E]) {
    guard axis < outer.count else {
      switch inner {
      case .run(let run): result.append(contentsOf: source[base + run.lowerBound..<base + run.upperBound])
      case .same(let offset, let count): result.append(contentsOf: repeatElement(source[base + offset], count: count))
      case .list(let offsets):
        // Without a fill an offset below 0 breaks the precondition, and the access below traps.
        for offset in offsets { result.append(offset < 0 ? fill ?? source[offset] : source[base + offset]) }
      }
      return
    }
    let part = block / outer[axis].count
    for offset in outer[axis] {
      if offset < 0 {
        result.append(contentsOf: repeatElement(fill ?? source[offset], count: part))
      } else {
        walk(axis + 1, base + offset, source, fill, part, &result)
      }
    }
  }
}
