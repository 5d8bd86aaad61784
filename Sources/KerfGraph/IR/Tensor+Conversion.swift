extension Tensor {
  /// The elements as `Float`: exact for half types, rounded for `double` and wide integers; `nil` for strings and opaque types.
  public func floats() -> [Float]? {
    switch storage {
    case .float(let e): e
    case .double(let e): e.map { Float($0) }
    case .int8(let e): e.map { Float($0) }
    case .uint8(let e): e.map { Float($0) }
    case .int16(let e): e.map { Float($0) }
    case .uint16(let e): e.map { Float($0) }
    case .int32(let e): e.map { Float($0) }
    case .uint32(let e): e.map { Float($0) }
    case .int64(let e): e.map { Float($0) }
    case .uint64(let e): e.map { Float($0) }
    case .bool(let e): e.map { $0 ? 1 : 0 }
    case .float16(let e): e.map(HalfPrecision.float(half:))
    case .bfloat16(let e): e.map(HalfPrecision.float(bfloat:))
    case .string, .opaque: nil
    }
  }

  /// The elements as `Double`, exact but for integers beyond 2⁵³; `nil` for strings and types that are only carried.
  public func doubles() -> [Double]? {
    switch storage {
    case .double(let e): e
    case .int32(let e): e.map { Double($0) }
    case .uint32(let e): e.map { Double($0) }
    case .int64(let e): e.map { Double($0) }
    case .uint64(let e): e.map { Double($0) }
    default: floats().map { $0.map { Double($0) } }
    }
  }

  /// Elements rounded to a floating-point type, or `nil` where `type` is none that Kerf computes with.
  public init?(doubles: [Double], shape: [Int], type: ElementType) {
    switch type {
    case .float: self.init(shape: shape, storage: .float(doubles.map { Float($0) }))
    case .double: self.init(shape: shape, storage: .double(doubles))
    case .float16: self.init(shape: shape, storage: .float16(doubles.map { HalfPrecision.half(Float($0)) }))
    case .bfloat16: self.init(shape: shape, storage: .bfloat16(doubles.map { HalfPrecision.bfloat(Float($0)) }))
    default: return nil
    }
  }

  /// The elements as `Int64` where the type is an integer or boolean, else `nil`.
  public func integers() -> [Int64]? {
    switch storage {
    case .int8(let e): e.map { Int64($0) }
    case .uint8(let e): e.map { Int64($0) }
    case .int16(let e): e.map { Int64($0) }
    case .uint16(let e): e.map { Int64($0) }
    case .int32(let e): e.map { Int64($0) }
    case .uint32(let e): e.map { Int64($0) }
    case .int64(let e): e
    case .uint64(let e): e.map { Int64(truncatingIfNeeded: $0) }
    case .bool(let e): e.map { $0 ? 1 : 0 }
    default: nil
    }
  }
}

/// Conversions between `Float` and the two 16-bit formats, written out because `Float16` does not exist on every platform.
public enum HalfPrecision {
  /// IEEE binary16 → binary32, exact.
  public static func float(half bits: UInt16) -> Float {
    let sign = UInt32(bits & 0x8000) << 16
    let exponent = UInt32(bits >> 10) & 0x1f
    let fraction = UInt32(bits & 0x3ff)
    switch exponent {
    case 0: return Float(bitPattern: sign) + (sign == 0 ? 1 : -1) * Float(fraction) * 0x1p-24
    case 31: return Float(bitPattern: sign | 0x7f80_0000 | fraction << 13)
    default: return Float(bitPattern: sign | (exponent + 112) << 23 | fraction << 13)
    }
  }

  /// bfloat16 → binary32, exact.
  public static func float(bfloat bits: UInt16) -> Float { Float(bitPattern: UInt32(bits) << 16) }

  /// binary32 → binary16, to nearest, ties to even; too large becomes infinity.
  public static func half(_ value: Float) -> UInt16 {
    let bits = value.bitPattern
    let sign = UInt16(truncatingIfNeeded: bits >> 16) & 0x8000
    let magnitude = bits & 0x7fff_ffff
    if magnitude > 0x7f80_0000 { return sign | 0x7e00 }
    if magnitude >= 0x4780_0000 { return sign | 0x7c00 }
    if magnitude < 0x3880_0000 {
      // Subnormal halves are multiples of 2⁻²⁴: scaling is exact, the rounding is the one to nearest even.
      let scaled = (Float(bitPattern: magnitude) * 0x1p24).rounded(.toNearestOrEven)
      return sign | UInt16(scaled)
    }
    let rounded = magnitude &+ 0xfff &+ ((magnitude >> 13) & 1)
    return sign | UInt16(truncatingIfNeeded: (rounded &- 0x3800_0000) >> 13)
  }

  /// binary32 → bfloat16, to nearest, ties to even.
  public static func bfloat(_ value: Float) -> UInt16 {
    let bits = value.bitPattern
    if value.isNaN { return UInt16(truncatingIfNeeded: bits >> 16) | 0x40 }
    return UInt16(truncatingIfNeeded: (bits &+ 0x7fff &+ ((bits >> 16) & 1)) >> 16)
  }
}
