/// The files in a zip archive, by name: stored or deflated, no encryption, no zip64.
///
/// - Reference: PKWARE APPNOTE.TXT 6.3, §4.3.
struct ZipArchive: Sendable {
  struct Entry: Sendable {
    let name: String
    let method: Int
    let checksum: UInt32
    let compressed: Int
    let inflated: Int
    let header: Int
  }

  let entries: [Entry]
  private let bytes: [UInt8]

  /// - Throws: `.format` where the directory is missing or does not fit the bytes.
  init(_ bytes: [UInt8]) throws(DataError) {
    self.bytes = bytes
    // The end record is 22 bytes and a comment of at most 65,535.
    let lowest = max(0, bytes.count - 22 - 65_535)
    guard bytes.count >= 22,
      let end = stride(from: bytes.count - 22, through: lowest, by: -1).first(where: { Self.number(bytes, $0, 4) == 0x0605_4B50 })
    else { throw DataError(.format, "not a zip archive, or cut short") }
    let count = Self.number(bytes, end + 10, 2)
    var at = Self.number(bytes, end + 16, 4)
    var entries: [Entry] = []
    for index in 0..<count {
      guard at + 46 <= bytes.count, Self.number(bytes, at, 4) == 0x0201_4B50 else {
        throw DataError(.format, "entry \(index) of \(count) of the zip directory is damaged")
      }
      let nameLength = Self.number(bytes, at + 28, 2)
      let next = at + 46 + nameLength + Self.number(bytes, at + 30, 2) + Self.number(bytes, at + 32, 2)
      guard next <= bytes.count else { throw DataError(.format, "entry \(index) of \(count) of the zip directory is damaged") }
      let name = String(decoding: bytes[(at + 46)..<(at + 46 + nameLength)], as: UTF8.self)
      guard Self.number(bytes, at + 8, 2) & 1 == 0 else { throw DataError(.format, "'\(name)' is encrypted") }
      entries.append(
        Entry(
          name: name, method: Self.number(bytes, at + 10, 2), checksum: UInt32(Self.number(bytes, at + 16, 4)),
          compressed: Self.number(bytes, at + 20, 4), inflated: Self.number(bytes, at + 24, 4), header: Self.number(bytes, at + 42, 4)))
      at = next
    }
    self.entries = entries
  }

  /// The bytes of one file.
  ///
  /// - Throws: `.format` where it is damaged.
  func contents(of entry: Entry) throws(DataError) -> [UInt8] {
    guard entry.header + 30 <= bytes.count, Self.number(bytes, entry.header, 4) == 0x0403_4B50 else {
      throw DataError(.format, "the entry's header is damaged")
    }
    let start = entry.header + 30 + Self.number(bytes, entry.header + 26, 2) + Self.number(bytes, entry.header + 28, 2)
    guard start + entry.compressed <= bytes.count else { throw DataError(.format, "the entry ends beyond the archive") }
    let stored = Array(bytes[start..<(start + entry.compressed)])
    let result: [UInt8]
    switch entry.method {
    case 0: result = stored
    case 8: result = try Inflate.bytes(stored, gzip: false, limit: entry.inflated)
    default: throw DataError(.format, "compression method \(entry.method) is not read (0 and 8 are)")
    }
    guard result.count == entry.inflated, Inflate.checksum(result) == entry.checksum else {
      throw DataError(.format, "the entry's bytes do not match its checksum")
    }
    return result
  }

  /// A little-endian number; the caller has checked that its bytes are there.
  private static func number(_ bytes: [UInt8], _ at: Int, _ size: Int) -> Int {
    bytes[at..<(at + size)].reversed().reduce(0) { $0 << 8 | Int($1) }
  }
}
