import KerfGraph

/// The integers that real numbers are written as: so many bits, with or without a sign.
public struct IntegerFormat: Sendable, Hashable, Codable {
  public let bits: Int
  public let isSigned: Bool
  /// Whether the lowest level is left out, so that levels lie symmetric about 0.
  public let isSymmetric: Bool

  public init(bits: Int, isSigned: Bool, isSymmetric: Bool = false) {
    precondition((2...32).contains(bits), "\(bits) bits")
    (self.bits, self.isSigned, self.isSymmetric) = (bits, isSigned, isSymmetric && isSigned)
  }

  /// Activations: 0…255 with a zero point.
  public static let uint8 = IntegerFormat(bits: 8, isSigned: false)
  /// Weights: −127…127, zero point 0.
  public static let int8 = IntegerFormat(bits: 8, isSigned: true, isSymmetric: true)
  /// Biases: zero point 0.
  public static let int32 = IntegerFormat(bits: 32, isSigned: true)

  public var lowest: Int { isSigned ? -(1 << (bits - 1)) + (isSymmetric ? 1 : 0) : 0 }
  public var highest: Int { (1 << (isSigned ? bits - 1 : bits)) - 1 }
  /// Steps between the lowest and the highest level.
  public var steps: Int { highest - lowest }

  /// `levels` as a tensor of the narrowest type that holds the format.
  func tensor(_ levels: [Int], shape: [Int]) -> Tensor {
    let storage: Tensor.Storage =
      switch (bits, isSigned) {
      case (...8, true): .int8(levels.map { Int8(truncatingIfNeeded: $0) })
      case (...8, false): .uint8(levels.map { UInt8(truncatingIfNeeded: $0) })
      case (...16, true): .int16(levels.map { Int16(truncatingIfNeeded: $0) })
      case (...16, false): .uint16(levels.map { UInt16(truncatingIfNeeded: $0) })
      case (_, true): .int32(levels.map { Int32(truncatingIfNeeded: $0) })
      case (_, false): .uint32(levels.map { UInt32(truncatingIfNeeded: $0) })
      }
    return Tensor(shape: shape, storage: storage)
  }
}
