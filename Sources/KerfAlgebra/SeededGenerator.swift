#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// xoshiro256++ seeded by SplitMix64: the project's deterministic source of random numbers.
///
/// - Reference: Blackman & Vigna, *Scrambled linear pseudorandom number generators*, ACM TOMS 2021.
public struct SeededGenerator: RandomNumberGenerator, Sendable {
  private var state: (UInt64, UInt64, UInt64, UInt64)
  private var spare: Double?

  public init(seed: UInt64) {
    var x = seed
    func next() -> UInt64 {
      x &+= 0x9E37_79B9_7F4A_7C15
      var z = x
      z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
      z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
      return z ^ (z >> 31)
    }
    state = (next(), next(), next(), next())
  }

  public mutating func next() -> UInt64 {
    func rotate(_ value: UInt64, _ count: UInt64) -> UInt64 { (value << count) | (value >> (64 - count)) }
    let result = rotate(state.0 &+ state.3, 23) &+ state.0
    let shifted = state.1 << 17
    state.2 ^= state.0
    state.3 ^= state.1
    state.1 ^= state.2
    state.0 ^= state.3
    state.2 ^= shifted
    state.3 = rotate(state.3, 45)
    return result
  }

  /// Uniform in `[0, 1)`, 53 bits.
  public mutating func uniform() -> Double { Double(next() >> 11) * 0x1p-53 }

  /// Standard normal, by Marsaglia's polar method.
  public mutating func normal() -> Double {
    if let value = spare {
      spare = nil
      return value
    }
    while true {
      let (a, b) = (2 * uniform() - 1, 2 * uniform() - 1)
      let square = a * a + b * b
      if square > 0 && square < 1 {
        let scale = (-2 * log(square) / square).squareRoot()
        spare = b * scale
        return a * scale
      }
    }
  }

  /// A matrix of independent standard normals.
  public mutating func normalMatrix(_ rows: Int, _ columns: Int) -> Matrix {
    var elements: [Double] = []
    elements.reserveCapacity(rows * columns)
    for _ in 0..<rows * columns { elements.append(normal()) }
    return Matrix(elements, rows: rows, columns: columns)
  }
}
