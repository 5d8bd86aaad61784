/// The dictionary at the head of a `.npy` file.
struct NumpyHeader {
  /// `<f4`: byte order, kind, size.
  let descr: String
  let isFortranOrder: Bool
  let shape: [Int]
  let isBigEndian: Bool
  let kind: Character
  /// The number in `descr`: bytes, or code points for `U`.
  let size: Int

  /// Bytes of one element.
  var itemSize: Int { kind == "U" ? 4 * size : size }

  /// - Throws: `EngineError.input` where one of the three entries is missing or cannot be read.
  init(_ text: String) throws(EngineError) {
    guard let descr = Self.value("descr", text), let order = Self.value("fortran_order", text), let shape = Self.value("shape", text)
    else { throw EngineError(.input, "the .npy header '\(text.prefix(80))' lacks descr, fortran_order or shape") }
    guard descr.first == "'" || descr.first == "\"", let end = descr.dropFirst().firstIndex(of: descr[descr.startIndex]) else {
      throw EngineError(.input, "records (descr \(descr.prefix(40))) are no tensor")
    }
    let word = descr[descr.index(after: descr.startIndex)..<end]
    guard let mark = word.first, "<>|=".contains(mark), let kind = word.dropFirst().first, let size = Int(word.dropFirst(2)),
      (0...1 << 20).contains(size)
    else { throw EngineError(.input, "element type '\(word)'") }
    guard order.hasPrefix("True") || order.hasPrefix("False") else { throw EngineError(.input, "fortran_order '\(order.prefix(10))'") }
    guard shape.first == "(", let close = shape.firstIndex(of: ")") else { throw EngineError(.input, "shape '\(shape.prefix(40))'") }
    var extents: [Int] = []
    for part in shape[shape.index(after: shape.startIndex)..<close].split(separator: ",") {
      // Python 2 wrote long integers with an L.
      let digits = part.filter { $0 != " " && $0 != "L" }
      if digits.isEmpty { continue }
      guard let extent = Int(digits), extent >= 0 else { throw EngineError(.input, "extent '\(part)'") }
      extents.append(extent)
    }
    guard extents.count <= 64 else { throw EngineError(.input, "\(extents.count) axes") }
    self.descr = String(word)
    self.kind = kind
    self.size = size
    self.shape = extents
    isBigEndian = mark == ">"
    isFortranOrder = order.hasPrefix("True")
  }

  /// What follows `'key':`.
  private static func value(_ key: String, _ text: String) -> Substring? {
    for quote in ["'", "\""] {
      let pattern = Array("\(quote)\(key)\(quote)".utf8)
      let bytes = Array(text.utf8)
      guard bytes.count > pattern.count,
        let at = (0...bytes.count - pattern.count).first(where: { Array(bytes[$0..<$0 + pattern.count]) == pattern })
      else { continue }
      let rest = String(decoding: bytes[(at + pattern.count)...], as: UTF8.self)
      guard let colon = rest.firstIndex(of: ":") else { return nil }
      return Substring(rest[rest.index(after: colon)...].drop { $0 == " " })
    }
    return nil
  }
}
