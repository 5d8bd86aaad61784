/// Normally distributed numbers that are the same bit for bit on every machine.
///
/// Generator: xoshiro256** whose four words are the first four outputs of SplitMix64 started at mix(mix(`seed` + 2⁶⁴/φ) + `index`), mix being
/// SplitMix64's own output function: streams of neighbouring pictures then share no word.
/// Normal numbers: Marsaglia's polar method, pairs in order, on uniforms of 53 bits in [−1, 1). The logarithm is computed here with basic
/// operations, which IEEE 754 rounds correctly everywhere; the system's `log` may differ in the last bit from one library to the next.
///
/// - Reference: D. Blackman, S. Vigna, Scrambled linear pseudorandom number generators, ACM TOMS 2021; G. Steele, D. Lea, C. Flood, Fast
///   splittable pseudorandom number generators, OOPSLA 2014; G. Marsaglia, T. Bray, A convenient method for generating normal variables,
///   SIAM Review 1964.
public struct GaussianNoise: Sendable {
  private var state: (UInt64, UInt64, UInt64, UInt64)
  private var spare: Double?

  /// The stream of picture number `index` under `seed`.
  public init(seed: UInt64, index: Int) {
    var splitMix = Self.mix(Self.mix(seed &+ Self.increment) &+ UInt64(bitPattern: Int64(index)))
    func next() -> UInt64 {
      splitMix &+= Self.increment
      return Self.mix(splitMix)
    }
    state = (next(), next(), next(), next())
  }

  /// The next number with mean 0 and standard deviation 1.
  public mutating func next() -> Double {
    if let value = spare {
      spare = nil
      return value
    }
    while true {
      let x = uniform()
      let y = uniform()
      let square = x * x + y * y
      guard square > 0, square < 1 else { continue }
      let factor = (-2 * Self.logarithm(square) / square).squareRoot()
      spare = y * factor
      return x * factor
    }
  }

  /// 2⁶⁴ divided by the golden ratio, to the nearest odd number.
  private static let increment: UInt64 = 0x9E37_79B9_7F4A_7C15

  private static func mix(_ value: UInt64) -> UInt64 {
    var z = value
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  /// Uniform in [−1, 1), a multiple of 2⁻⁵².
  private mutating func uniform() -> Double { Double(bits() >> 11) * 0x1p-52 - 1 }

  private mutating func bits() -> UInt64 {
    let scaled = state.1 &* 5
    let result = ((scaled << 7) | (scaled >> 57)) &* 9
    let shifted = state.1 << 17
    state.2 ^= state.0
    state.3 ^= state.1
    state.1 ^= state.2
    state.0 ^= state.3
    state.2 ^= shifted
    state.3 = (state.3 << 45) | (state.3 >> 19)
    return result
  }

  /// The natural logarithm of a normal positive number, to about 2 units in the last place.
  ///
  /// x = m 2ᵉ with √½ ≤ m < √2, s = (m − 1) / (m + 1): log x = e log 2 + 2 (s + s³/3 + s⁵/5 + …); |s| < 0.172, so that the term s²³/23 is
  /// below 2⁻⁵³ of the sum.
  static func logarithm(_ x: Double) -> Double {
    var mantissa = x.significand
    var exponent = Double(x.exponent)
    if mantissa > 1.4142135623730951 {
      mantissa /= 2
      exponent += 1
    }
    let s = (mantissa - 1) / (mantissa + 1)
    let square = s * s
    var sum = 0.0
    for term in stride(from: 21.0, through: 1, by: -2) { sum = sum * square + 1 / term }
    return exponent * 0.6931471805599453 + 2 * s * sum
  }
}

extension Image {
  /// The picture with Gaussian noise of standard deviation `sigma` (grey levels of 0...255) added to each value, not clipped; the numbers
  /// are taken in the order of the pixels, channels interleaved.
  public func addingNoise(sigma: Double, seed: UInt64, index: Int) -> Image {
    var noise = GaussianNoise(seed: seed, index: index)
    let noisy = pixels.map { Float(Double($0) + sigma * noise.next()) }
    return Image(width: width, height: height, channels: channels, pixels: noisy)
  }
}
