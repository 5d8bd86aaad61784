import KerfGraph

/// A model file without the elements of its large initializers: small enough to decode at once, while the elements stay in the file.
///
/// Walks only the way `ModelProto.graph (7)` → `GraphProto.initializer (5)` → `TensorProto.raw_data (9)`; every other field is taken over byte
/// by byte, so that what is decoded is the same message but for these `raw_data`.
struct Skeleton {
  /// Where in the file an initializer's `raw_data` lies.
  struct Region { var offset, count: Int }

  /// The message without the regions.
  private(set) var bytes: [UInt8] = []
  /// By the initializer's position in the main graph.
  private(set) var regions: [Int: Region] = [:]
  private var initializers = 0
  private var window: FileWindow
  /// Bytes of `raw_data` from which on they are left in the file.
  private let least: Int

  private enum WireType: UInt64 { case varint, fixed64, bytes, groupStart, groupEnd, fixed32 }

  /// - Returns: `nil` where the file is no sequence of protobuf fields: decoding the whole says why.
  init?(_ file: ReadOnlyFile, least: Int) {
    window = FileWindow(file)
    self.least = least
    bytes.reserveCapacity(min(file.size, 1 << 16))
    guard let message = message(0..<file.size, inner: 7, { $0.graph($1) }) else { return nil }
    bytes = message
  }

  private mutating func graph(_ range: Range<Int>) -> [UInt8]? {
    message(range, inner: 5) { skeleton, range in
      defer { skeleton.initializers += 1 }
      return skeleton.tensor(range)
    }
  }

  /// The message in `range`, its fields of number `inner` replaced.
  private mutating func message(
    _ range: Range<Int>, inner: UInt64, _ replace: (inout Skeleton, Range<Int>) -> [UInt8]?
  ) -> [UInt8]? {
    var result: [UInt8] = []
    var position = range.lowerBound
    /// Fields up to here are in the result.
    var taken = position
    while position < range.upperBound {
      guard let field = field(&position, end: range.upperBound) else { return nil }
      guard field.number == inner, let content = field.content else { continue }
      guard window.append(taken..<field.start, to: &result), let new = replace(&self, content) else { return nil }
      taken = position
      Self.append(varint: inner << 3 | WireType.bytes.rawValue, to: &result)
      Self.append(varint: UInt64(new.count), to: &result)
      result += new
    }
    return window.append(taken..<position, to: &result) ? result : nil
  }

  /// A tensor without its `raw_data`, where these are large and given once.
  private mutating func tensor(_ range: Range<Int>) -> [UInt8]? {
    var position = range.lowerBound
    var found: (field: Range<Int>, content: Range<Int>)?
    var times = 0
    while position < range.upperBound {
      guard let field = field(&position, end: range.upperBound) else { return nil }
      guard field.number == 9, let content = field.content else { continue }
      times += 1
      found = (field.start..<position, content)
    }
    var result: [UInt8] = []
    guard times == 1, let found, found.content.count >= least else { return window.append(range, to: &result) ? result : nil }
    regions[initializers] = Region(offset: found.content.lowerBound, count: found.content.count)
    let isRead =
      window.append(range.lowerBound..<found.field.lowerBound, to: &result)
      && window.append(found.field.upperBound..<range.upperBound, to: &result)
    return isRead ? result : nil
  }

  /// Steps over a field. `content` is there for those with a length.
  private mutating func field(_ position: inout Int, end: Int) -> (number: UInt64, start: Int, content: Range<Int>?)? {
    let start = position
    guard let key = window.varint(&position), let type = WireType(rawValue: key & 7) else { return nil }
    var content: Range<Int>?
    switch type {
    case .varint: if window.varint(&position) == nil { return nil }
    case .fixed64: position += 8
    case .fixed32: position += 4
    case .bytes:
      guard let length = window.varint(&position), length <= UInt64(max(0, end - position)) else { return nil }
      content = position..<position + Int(length)
      position += Int(length)
    case .groupStart, .groupEnd: return nil
    }
    return position <= end ? (key >> 3, start, content) : nil
  }

  private static func append(varint value: UInt64, to bytes: inout [UInt8]) {
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }
}

/// A file's bytes through a small buffer: neighbouring reads cost one call.
private struct FileWindow {
  private let file: ReadOnlyFile
  private var held: [UInt8] = []
  private var start = 0
  private static let length = 16384

  init(_ file: ReadOnlyFile) { self.file = file }

  private mutating func byte(at position: Int) -> UInt8? {
    if position < start || position >= start + held.count {
      guard position < file.size, let next = file.elements(UInt8.self, at: position, count: min(Self.length, file.size - position))
      else { return nil }
      (held, start) = (next, position)
    }
    return held[position - start]
  }

  /// A number of up to ten bytes, the low seven bits first; `nil` where it does not end or does not fit 64 bits.
  mutating func varint(_ position: inout Int) -> UInt64? {
    var value: UInt64 = 0
    for shift in stride(from: 0, to: 70, by: 7) {
      guard let byte = byte(at: position) else { return nil }
      position += 1
      if shift == 63, byte > 1 { return nil }
      value |= UInt64(byte & 0x7f) << shift
      if byte < 0x80 { return value }
    }
    return nil
  }

  mutating func append(_ range: Range<Int>, to bytes: inout [UInt8]) -> Bool {
    if range.lowerBound >= start, range.upperBound <= start + held.count {
      bytes += held[range.lowerBound - start..<range.upperBound - start]
      return true
    }
    guard let read = file.elements(UInt8.self, at: range.lowerBound, count: range.count) else { return false }
    bytes += read
    return true
  }
}
