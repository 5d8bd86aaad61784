/// A choice among the elements of arrays of one type, whatever the type: written once, run on every storage.
protocol ElementSelection {
  func callAsFunction<E>(_ parts: [[E]]) -> [E]
}

extension Tensor.Storage {
  /// Runs a selection, or `nil` where the parts' types differ or are only carried.
  static func selecting(_ select: some ElementSelection, from parts: [Tensor.Storage]) -> Tensor.Storage? {
    func all<E>(_ elements: (Tensor.Storage) -> [E]?) -> [E]? {
      let lists = parts.compactMap(elements)
      return lists.count == parts.count ? select(lists) : nil
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
}

/// Parts laid side by side: the first block of each part, then the second of each, `blocks` times.
struct Interleaving: ElementSelection {
  let blocks: Int

  func callAsFunction<E>(_ parts: [[E]]) -> [E] {
    var result: [E] = []
    result.reserveCapacity(parts.reduce(0) { $0 + $1.count })
    for i in 0..<blocks {
      for part in parts {
        let size = part.count / blocks
        result.append(contentsOf: part[i * size..<(i + 1) * size])
      }
    }
    return result
  }
}

/// Of two parts the first where a condition holds, else the second.
struct Choice: ElementSelection {
  let condition: [Bool]

  func callAsFunction<E>(_ parts: [[E]]) -> [E] {
    let (x, y) = (parts[0], parts[1])
    return condition.indices.map { condition[$0] ? x[$0] : y[$0] }
  }
}
