/// The random numbers that ONNX's own tests draw (NumPy's `RandomState`), so that a seed means the same mask everywhere.
/// - Reference: Matsumoto and Nishimura, Mersenne Twister, ACM TOMACS 1998; MT19937.
struct MersenneTwister {
  private var state: [UInt32]
  private var position = 624

  init(seed: UInt32) {
    state = [seed]
    for i in 1..<624 { state.append(1_812_433_253 &* (state[i - 1] ^ state[i - 1] >> 30) &+ UInt32(i)) }
  }

  private mutating func next() -> UInt32 {
    if position == 624 {
      for i in 0..<624 {
        let mixed = state[i] & 0x8000_0000 | state[(i + 1) % 624] & 0x7fff_ffff
        state[i] = state[(i + 397) % 624] ^ mixed >> 1 ^ (mixed & 1 == 0 ? 0 : 0x9908_b0df)
      }
      position = 0
    }
    var y = state[position]
    position += 1
    y ^= y >> 11
    y ^= y << 7 & 0x9d2c_5680
    y ^= y << 15 & 0xefc6_0000
    return y ^ y >> 18
  }

  /// A number in `0..<1` with 53 random bits.
  mutating func uniform() -> Double {
    let high = Double(next() >> 5)
    return (high * 0x1p26 + Double(next() >> 6)) * 0x1p-53
  }
}
