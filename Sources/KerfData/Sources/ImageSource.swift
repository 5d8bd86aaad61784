/// A picture of a source before a card's rules are applied to it.
public struct SourceItem: Sendable {
  public let name: String
  /// Grey or RGB, as stored.
  public let image: Image
  /// The class, as stored.
  public let label: Int?
  /// The picture as the network is to get it, where the source has both (a low resolution beside a high one).
  public let degraded: Image?

  init(name: String, image: Image, label: Int? = nil, degraded: Image? = nil) {
    self.name = name
    self.image = image
    self.label = label
    self.degraded = degraded
  }
}

/// A source whose pictures are known by number and name, in a fixed order, and read one at a time.
public protocol OpenSource: Sendable {
  var count: Int { get }

  func name(at index: Int) -> String

  /// The files that the pictures and classes are read from.
  var files: [String] { get }

  /// - Throws: `.file`, `.format` or `.mismatch` naming the picture.
  func item(at index: Int) throws(DataError) -> SourceItem
}

/// Where pictures come from, as a card says it. Add a kind: one file here and one line in ``SourceRegistry``.
public protocol ImageSource: Sendable {
  /// The word in the card's `kind`.
  static var kind: String { get }

  /// Reads its own keys; the data need not be there.
  init(from section: inout CardSection) throws(DataError)

  /// Finds the data.
  ///
  /// - Throws: `.environment`, `.file` or `.format`.
  func open() throws(DataError) -> any OpenSource
}

/// The kinds of sources.
public enum SourceRegistry {
  public static let all: [any ImageSource.Type] = [
    FolderSource.self,
    PairSource.self,
    CIFARSource.self,
    IDXSource.self,
    ZipSource.self,
    NPYSource.self,
  ]

  static func make(from section: inout CardSection) throws(DataError) -> any ImageSource {
    let kind = try section.text("kind")
    guard let type = all.first(where: { $0.kind == kind }) else {
      throw section.error("kind", "must be one of: \(all.map { $0.kind }.joined(separator: ", ")), not '\(kind)'")
    }
    let source = try type.init(from: &section)
    try section.finish()
    return source
  }
}

extension CardSection {
  mutating func optionalPath(_ key: String) throws(DataError) -> CardPath? {
    guard let text = try optionalText(key) else { return nil }
    return CardPath(text, card: file)
  }

  mutating func path(_ key: String) throws(DataError) -> CardPath { CardPath(try text(key), card: file) }
}
