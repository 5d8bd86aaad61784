/// Damages files: flips bits, cuts, splices two files, edits lengths, doubles pieces.
struct Mutator {
  var random: Generator

  mutating func mutate(_ source: [UInt8], with other: [UInt8]) -> [UInt8] {
    var bytes = source
    for _ in 0..<1 + random.below(4) where !bytes.isEmpty {
      let i = random.below(bytes.count)
      switch random.below(9) {
      case 0, 1: bytes[i] ^= 1 << UInt8(random.below(8))
      case 2: bytes[i] = random.pick([0, 1, 0x7f, 0x80, 0xff])
      case 3: bytes.removeSubrange(i...)
      case 4: bytes = Array(bytes[..<i]) + other[random.below(other.count)...]
      case 5:
        // A length or number of ten bytes: up to 2⁶⁴.
        bytes.replaceSubrange(i...i, with: [UInt8](repeating: 0xff, count: 9) + [random.pick([0x01, 0x7f])])
      case 6: bytes[i] = bytes[i] &+ random.pick([1, 0xff, 2, 0x10])
      case 7:
        let end = min(bytes.count, i + 1 + random.below(64))
        bytes.insert(contentsOf: bytes[i..<end], at: random.below(bytes.count))
      default:
        let end = min(bytes.count, i + 1 + random.below(16))
        bytes.removeSubrange(i..<end)
      }
    }
    return bytes
  }
}
