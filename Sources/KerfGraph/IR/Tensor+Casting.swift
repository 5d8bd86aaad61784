extension Tensor {
  /// The elements as another type.
  ///
  /// To integers: towards zero, outside of the type's range to its nearest end, NaN to 0; integers among each other keep the low
  /// bits. To booleans: everything but 0 is true. To floats: to nearest even. Strings are written and read as numbers.
  /// - Throws: `GraphError.unsupported` for types that are only carried, `.value` for a string that is no number.
  package func converted(to target: ElementType, node: String) throws(GraphError) -> Tensor {
    if target == type { return self }
    if case .string(let strings) = storage { return try Self.parsed(strings, shape: shape, to: target, node: node) }
    let result: Storage? =
      switch target {
      case .float: floats().map { .float($0) }
      case .double: doubles().map { .double($0) }
      case .float16: floats().map { .float16($0.map(HalfPrecision.half)) }
      case .bfloat16: floats().map { .bfloat16($0.map(HalfPrecision.bfloat)) }
      case .int8: fixed(Int8.self).map { .int8($0) }
      case .uint8: fixed(UInt8.self).map { .uint8($0) }
      case .int16: fixed(Int16.self).map { .int16($0) }
      case .uint16: fixed(UInt16.self).map { .uint16($0) }
      case .int32: fixed(Int32.self).map { .int32($0) }
      case .uint32: fixed(UInt32.self).map { .uint32($0) }
      case .int64: fixed(Int64.self).map { .int64($0) }
      case .uint64: fixed(UInt64.self).map { .uint64($0) }
      case .bool: truths().map { .bool($0) }
      case .string: texts().map { .string($0) }
      default: nil
      }
    guard let result else { throw GraphError(.unsupported, node: node, "\(type) as \(target)") }
    return Tensor(shape: shape, storage: result)
  }

  private func fixed<E: FixedWidthInteger>(_: E.Type) -> [E]? {
    switch storage {
    case .float(let e): e.map { Self.clamped($0) }
    case .double(let e): e.map { Self.clamped($0) }
    case .float16, .bfloat16: floats().map { $0.map { Self.clamped($0) } }
    case .uint64(let e): e.map { E(truncatingIfNeeded: $0) }
    default: integers().map { $0.map { E(truncatingIfNeeded: $0) } }
    }
  }

  private static func clamped<F: BinaryFloatingPoint, E: FixedWidthInteger>(_ value: F) -> E {
    // The ends themselves are left to the slow way: as floats they may be rounded.
    if value >= F(E.min), value < F(E.max) { return E(value) }
    if let exact = E(exactly: value.rounded(.towardZero)) { return exact }
    return value.isNaN ? 0 : value < 0 ? E.min : E.max
  }

  private func truths() -> [Bool]? {
    switch storage {
    case .double(let e): e.map { $0 != 0 }
    default: integers().map { $0.map { $0 != 0 } } ?? floats().map { $0.map { $0 != 0 } }
    }
  }

  private func texts() -> [[UInt8]]? {
    func text<F: BinaryFloatingPoint & LosslessStringConvertible>(_ value: F) -> [UInt8] {
      value.isNaN ? Array("NaN".utf8) : value.isInfinite ? Array((value < 0 ? "-INF" : "INF").utf8) : Array(value.description.utf8)
    }
    return switch storage {
    case .bool(let e): e.map { Array(($0 ? "True" : "False").utf8) }
    case .uint64(let e): e.map { Array($0.description.utf8) }
    case .double(let e): e.map { text($0) }
    default: integers().map { $0.map { Array($0.description.utf8) } } ?? floats().map { $0.map { text($0) } }
    }
  }

  private static func parsed(_ strings: [[UInt8]], shape: [Int], to target: ElementType, node: String) throws(GraphError) -> Tensor {
    var integers: [Int64] = []
    var numbers: [Double] = []
    for bytes in strings {
      let text = String(decoding: bytes, as: UTF8.self)
      guard let number = Double(text) else { throw GraphError(.value, node: node, "'\(text.prefix(40))' is no number") }
      numbers.append(number)
      if let integer = Int64(text) { integers.append(integer) }
    }
    let isInteger = ![.float, .double, .float16, .bfloat16].contains(target) && integers.count == strings.count
    let storage: Storage = isInteger ? .int64(integers) : .double(numbers)
    return try Tensor(shape: shape, storage: storage).converted(to: target, node: node)
  }
}
