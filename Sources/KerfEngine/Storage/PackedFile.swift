/// The format of packed weights on disk: a head of 64-bit little-endian words, a table, sections at multiples of 64 bytes.
///
/// `magic, identity (2), size of the file, bytes of the table, digest of the table (2), 0`, then for each section `offset, bytes, digest (2), bytes of
/// the key, the key padded to 8`. Every section is checked against its digest before it is used.
struct PackedFile: Sendable {
  private struct Section {
    let offset, count: Int
    let digest: ContentDigest
  }

  private static let magic: UInt64 = 0x3150_4B46_5245_4B2E
  static let alignment = 64
  private static let headBytes = 64

  let mapping: MappedFile
  private let sections: [String: Section]

  /// Zeros behind a section.
  static func padding(_ count: Int) -> Int { (alignment - count % alignment) % alignment }

  /// - Returns: `nil` where the file is not of this format, not whole, or made for something else than `identity`.
  init?(_ mapping: MappedFile, identity: ContentDigest) {
    let bytes = mapping.bytes
    // SAFETY: every access is to `word` at offsets checked against the file's size.
    func word(_ offset: Int) -> UInt64 { bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self) }
    guard bytes.count >= Self.headBytes, word(0) == Self.magic, word(8) == identity.high, word(16) == identity.low,
      word(24) == UInt64(bytes.count), word(32) <= UInt64(bytes.count - Self.headBytes)
    else { return nil }
    let table = Self.headBytes..<Self.headBytes + Int(word(32))
    guard ContentDigest(UnsafeRawBufferPointer(rebasing: bytes[table])) == ContentDigest(high: word(40), low: word(48)) else { return nil }
    var sections: [String: Section] = [:]
    var at = table.lowerBound
    while at < table.upperBound {
      guard table.upperBound - at >= 40, let offset = Int(exactly: word(at)), let count = Int(exactly: word(at + 8)),
        let length = Int(exactly: word(at + 32)), length <= table.upperBound - at - 40, count <= bytes.count, offset <= bytes.count - count,
        offset % Self.alignment == 0
      else { return nil }
      let key = String(decoding: bytes[at + 40..<at + 40 + length], as: UTF8.self)
      sections[key] = Section(offset: offset, count: count, digest: ContentDigest(high: word(at + 16), low: word(at + 24)))
      at += 40 + (length + 7) / 8 * 8
    }
    self.mapping = mapping
    self.sections = sections
  }

  var keys: [String] { Array(sections.keys) }

  /// The bytes under a key, or `nil` where there are none or they are damaged.
  func section(_ key: String) -> UnsafeRawBufferPointer? {
    guard let section = sections[key] else { return nil }
    // SAFETY: `init` checked that the section lies in the mapping.
    let bytes = UnsafeRawBufferPointer(rebasing: mapping.bytes[section.offset..<section.offset + section.count])
    return ContentDigest(bytes) == section.digest ? bytes : nil
  }

  /// Head and table of a file with these sections, up to where the first begins.
  static func head(_ sections: [(key: String, bytes: UnsafeRawBufferPointer)], identity: ContentDigest) -> [UInt8] {
    func words(_ words: [UInt64]) -> [UInt8] { words.flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> (8 * $0)) } } }
    let tableBytes = sections.reduce(0) { $0 + 40 + ($1.key.utf8.count + 7) / 8 * 8 }
    var offset = headBytes + tableBytes + padding(headBytes + tableBytes)
    var table: [UInt8] = []
    for (key, bytes) in sections {
      let digest = ContentDigest(bytes)
      table += words([UInt64(offset), UInt64(bytes.count), digest.high, digest.low, UInt64(key.utf8.count)])
      table += Array(key.utf8) + [UInt8](repeating: 0, count: (8 - key.utf8.count % 8) % 8)
      offset += bytes.count + padding(bytes.count)
    }
    // SAFETY: the array's own bytes.
    let digest = table.withUnsafeBytes { ContentDigest($0) }
    let head = words([magic, identity.high, identity.low, UInt64(offset), UInt64(table.count), digest.high, digest.low, 0]) + table
    return head + [UInt8](repeating: 0, count: padding(head.count))
  }
}
