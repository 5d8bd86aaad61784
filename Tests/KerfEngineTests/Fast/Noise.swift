/// Repeatable numbers in −1…1 (SplitMix64).
struct Noise {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> Float {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    z ^= z >> 31
    return Float(Int64(bitPattern: z) >> 40) / Float(1 << 23)
  }

  mutating func floats(_ count: Int) -> [Float] { (0..<count).map { _ in next() } }
}
