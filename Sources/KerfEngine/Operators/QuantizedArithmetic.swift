import KerfGraph

/// What the reference implementations of integer operators share.
enum QuantizedArithmetic {
  /// `x − zero` in 32 bits. The zero point broadcasts from `shape`, its own unless stated.
  static func centred(_ x: Tensor, zero: Tensor?, as shape: [Int]? = nil, node: String) throws(EngineError) -> [Int32] {
    guard let elements = narrow(x) else { throw EngineError(.unsupported, node: node, "integer arithmetic on \(x.type)") }
    guard let zero else { return elements }
    guard let zeros = narrow(zero), zero.type == x.type else {
      throw EngineError(.unsupported, node: node, "a zero point of type \(zero.type) for an operand of type \(x.type)")
    }
    if zeros.count == 1 { return zeros[0] == 0 ? elements : elements.map { $0 - zeros[0] } }
    let walk = try BroadcastWalk(x.shape, shape ?? zero.shape)
    guard walk.shape == x.shape else { throw EngineError(.shape, node: node, "zero points \(zero.shape) do not serve \(x.shape)") }
    return walk.map(elements, zeros) { $0 - $1 }
  }

  private static func narrow(_ tensor: Tensor) -> [Int32]? {
    switch tensor.storage {
    case .int8(let e): e.map { Int32($0) }
    case .uint8(let e): e.map { Int32($0) }
    case .int16(let e): e.map { Int32($0) }
    case .uint16(let e): e.map { Int32($0) }
    default: nil
    }
  }

  /// The elements of a scale.
  static func scales(_ tensor: Tensor, _ name: String, node: String) throws(EngineError) -> [Float] {
    guard [.float, .float16, .bfloat16].contains(tensor.type), let elements = tensor.floats(), !elements.isEmpty else {
      throw EngineError(.unsupported, node: node, "\(name) of type \(tensor.type) and shape \(tensor.shape)")
    }
    return elements
  }

  /// `saturate(round(sum·factor) + zero)`, rounded to the nearest even; what is not a number becomes the zero point.
  static func requantized(
    _ sums: [Int32], zero: Tensor, node: String, factor: (Int) -> Float
  ) throws(EngineError) -> Tensor.Storage {
    guard let level = narrow(zero)?.first else { throw EngineError(.unsupported, node: node, "an output of type \(zero.type)") }
    func levels<I: FixedWidthInteger>(_: I.Type) -> [I] {
      sums.indices.map { i in
        let value = (Float(sums[i]) * factor(i)).rounded(.toNearestOrEven)
        return I(max(Float(I.min), min(Float(I.max), (value.isNaN ? 0 : value) + Float(level))))
      }
    }
    switch zero.type {
    case .int8: return .int8(levels(Int8.self))
    case .uint8: return .uint8(levels(UInt8.self))
    case .int16: return .int16(levels(Int16.self))
    default: return .uint16(levels(UInt16.self))
    }
  }
}
