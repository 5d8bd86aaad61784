import KerfGraph

/// A computation written once for all integers and once for all floats: operands and result share one element type.
protocol ElementKernel {
  /// `nil` where the computation is not defined on integers.
  func integers<T: FixedWidthInteger & Sendable>(_ operands: [[T]]) -> [T]?
  /// `nil` where the computation is not defined on floats.
  func reals<T: BinaryFloatingPoint & Sendable>(_ operands: [[T]]) -> [T]?
}

extension ElementKernel {
  /// Runs the kernel in the operands' type; half types are computed in `Float`.
  /// - Throws: `EngineError.unsupported` where types differ or the kernel is not defined on them.
  func callAsFunction(_ operands: [Tensor], shape: [Int]) throws(EngineError) -> Tensor {
    func all<T>(_ elements: (Tensor.Storage) -> [T]?) -> [[T]]? {
      let lists = operands.compactMap { elements($0.storage) }
      return lists.count == operands.count ? lists : nil
    }
    func half(_ type: ElementType) -> [Float]? {
      operands.allSatisfy { $0.type == type } ? reals(operands.compactMap { $0.floats() }) : nil
    }
    let storage: Tensor.Storage? =
      switch operands.first?.type {
      case .float: all { if case .float(let e) = $0 { e } else { nil } }.flatMap { reals($0) }.map { .float($0) }
      case .double: all { if case .double(let e) = $0 { e } else { nil } }.flatMap { reals($0) }.map { .double($0) }
      case .float16: half(.float16).map { .float16($0.map(HalfPrecision.half)) }
      case .bfloat16: half(.bfloat16).map { .bfloat16($0.map(HalfPrecision.bfloat)) }
      case .int8: all { if case .int8(let e) = $0 { e } else { nil } }.flatMap { integers($0) }.map { .int8($0) }
      case .uint8: all { if case .uint8(let e) = $0 { e } else { nil } }.flatMap { integers($0) }.map { .uint8($0) }
      case .int16: all { if case .int16(let e) = $0 { e } else { nil } }.flatMap { integers($0) }.map { .int16($0) }
      case .uint16: all { if case .uint16(let e) = $0 { e } else { nil } }.flatMap { integers($0) }.map { .uint16($0) }
      case .int32: all { if case .int32(let e) = $0 { e } else { nil } }.flatMap { integers($0) }.map { .int32($0) }
      case .uint32: all { if case .uint32(let e) = $0 { e } else { nil } }.flatMap { integers($0) }.map { .uint32($0) }
      case .int64: all { if case .int64(let e) = $0 { e } else { nil } }.flatMap { integers($0) }.map { .int64($0) }
      case .uint64: all { if case .uint64(let e) = $0 { e } else { nil } }.flatMap { integers($0) }.map { .uint64($0) }
      default: nil
      }
    guard let storage else {
      throw EngineError(.unsupported, "not implemented for \(operands.map { "\($0.type)" }.joined(separator: ", "))")
    }
    return Tensor(shape: shape, storage: storage)
  }
}

/// A computation that only compares elements: written once for every type that has an order.
protocol OrderKernel {
  associatedtype Output
  func callAsFunction<T: Comparable & Sendable>(_ operands: [[T]]) -> Output
}

extension OrderKernel {
  /// Runs the kernel in the operands' type: half types as `Float`, false below true.
  /// - Throws: `EngineError.unsupported` where types differ or are only carried.
  func compare(_ operands: [Tensor]) throws(EngineError) -> Output {
    func all<T: Comparable & Sendable>(_ elements: (Tensor.Storage) -> [T]?) -> Output? {
      let lists = operands.compactMap { elements($0.storage) }
      return lists.count == operands.count ? self(lists) : nil
    }
    let isOneType = operands.allSatisfy { $0.type == operands[0].type }
    let output: Output? =
      switch operands.first?.type {
      case _ where !isOneType: nil
      case .float: all { if case .float(let e) = $0 { e } else { nil } }
      case .double: all { if case .double(let e) = $0 { e } else { nil } }
      case .uint64: all { if case .uint64(let e) = $0 { e } else { nil } }
      case .int64: all { if case .int64(let e) = $0 { e } else { nil } }
      case .string: all { if case .string(let e) = $0 { e.map { String(decoding: $0, as: UTF8.self) } } else { nil } }
      case .float16, .bfloat16: self(operands.compactMap { $0.floats() })
      case .int8, .uint8, .int16, .uint16, .int32, .uint32, .bool: self(operands.compactMap { $0.integers() })
      default: nil
      }
    guard let output else {
      throw EngineError(.unsupported, "not implemented for \(operands.map { "\($0.type)" }.joined(separator: ", "))")
    }
    return output
  }
}

extension Array where Element == Tensor? {
  /// An input that the operator cannot do without.
  func operand(_ index: Int) throws(EngineError) -> Tensor {
    guard index < count, let tensor = self[index] else { throw EngineError(.input, "input \(index) is missing") }
    return tensor
  }
}
