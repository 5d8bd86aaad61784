import Yams

/// One mapping of a card, read strictly: what is not asked for before ``finish()`` is an error with its line.
public struct CardSection {
  /// The card's file, for messages and for paths relative to its folder.
  let file: String
  /// The keys that lead here: `sources.set12`.
  let path: String
  private let line: Int?
  private let entries: [(key: String, value: Node)]
  private var known: [String] = []

  /// The top of a card.
  ///
  /// - Throws: `.card` where the text is not YAML, or not a mapping.
  init(yaml: String, file: String) throws(DataError) {
    let root: Node?
    do { root = try Yams.compose(yaml: yaml) } catch { throw DataError(.card, at: file, "not valid YAML: \(error)") }
    guard let root else { throw DataError(.card, at: file, "the card is empty") }
    try self.init(root, file: file, path: "")
  }

  private init(_ node: Node, file: String, path: String) throws(DataError) {
    let line = node.mark?.line
    guard let mapping = node.mapping else {
      throw DataError(.card, at: Self.place(file, line), "\(path.isEmpty ? "the card" : "'\(path)'") must be a mapping of keys to values")
    }
    self.file = file
    self.path = path
    self.line = line
    var entries: [(key: String, value: Node)] = []
    for (key, value) in mapping {
      guard let name = key.scalar?.string else {
        throw DataError(.card, at: Self.place(file, key.mark?.line), "a key must be a plain word")
      }
      guard !entries.contains(where: { $0.key == name }) else {
        throw DataError(.card, at: Self.place(file, key.mark?.line), "'\(Self.join(path, name))' is given twice")
      }
      entries.append((name, value))
    }
    self.entries = entries
  }

  /// The keys, in the order of the file.
  var keys: [String] { entries.map(\.key) }

  mutating func optionalText(_ key: String) throws(DataError) -> String? {
    guard let node = take(key) else { return nil }
    guard let scalar = node.scalar else { throw wrong(key, node, "must be text") }
    return scalar.string
  }

  mutating func text(_ key: String) throws(DataError) -> String { try require(optionalText(key), key) }

  mutating func optionalNumber(_ key: String) throws(DataError) -> Double? {
    guard let node = take(key) else { return nil }
    return try number(node, key)
  }

  mutating func number(_ key: String) throws(DataError) -> Double { try require(optionalNumber(key), key) }

  mutating func optionalInteger(_ key: String, in range: ClosedRange<Int>) throws(DataError) -> Int? {
    guard let node = take(key) else { return nil }
    guard let text = node.scalar?.string, let value = Int(text), range.contains(value) else {
      throw wrong(key, node, "must be a whole number in \(range.lowerBound)...\(range.upperBound)")
    }
    return value
  }

  mutating func integer(_ key: String, in range: ClosedRange<Int>) throws(DataError) -> Int {
    try require(optionalInteger(key, in: range), key)
  }

  mutating func optionalFlag(_ key: String) throws(DataError) -> Bool? {
    guard let node = take(key) else { return nil }
    switch node.scalar?.string {
    case "true": return true
    case "false": return false
    default: throw wrong(key, node, "must be true or false")
    }
  }

  /// A list of finite numbers; one number counts as a list of one.
  mutating func optionalNumbers(_ key: String) throws(DataError) -> [Double]? {
    guard let node = take(key) else { return nil }
    guard let sequence = node.sequence else { return [try number(node, key)] }
    var values: [Double] = []
    for element in sequence { values.append(try number(element, key)) }
    return values
  }

  /// One of a set of words.
  mutating func optionalChoice<Value: RawRepresentable & CaseIterable>(_ key: String) throws(DataError) -> Value?
  where Value.RawValue == String {
    guard let node = take(key) else { return nil }
    guard let value = node.scalar.flatMap({ Value(rawValue: $0.string) }) else {
      throw wrong(key, node, "must be one of: " + Value.allCases.map(\.rawValue).joined(separator: ", "))
    }
    return value
  }

  mutating func choice<Value: RawRepresentable & CaseIterable>(_ key: String) throws(DataError) -> Value where Value.RawValue == String {
    try require(optionalChoice(key), key)
  }

  mutating func optionalSection(_ key: String) throws(DataError) -> CardSection? {
    guard let node = take(key) else { return nil }
    return try CardSection(node, file: file, path: Self.join(path, key))
  }

  mutating func section(_ key: String) throws(DataError) -> CardSection { try require(optionalSection(key), key) }

  /// A list of mappings.
  mutating func sections(_ key: String) throws(DataError) -> [CardSection] {
    guard let node = take(key) else { return [] }
    guard let sequence = node.sequence else { throw wrong(key, node, "must be a list") }
    var result: [CardSection] = []
    for (index, element) in sequence.enumerated() {
      result.append(try CardSection(element, file: file, path: "\(Self.join(path, key))[\(index)]"))
    }
    return result
  }

  /// Checks that every key was asked for.
  ///
  /// - Throws: `.card` with the first key that Kerf does not know, its line and the keys it knows here.
  func finish() throws(DataError) {
    guard let unknown = entries.first(where: { !known.contains($0.key) }) else { return }
    throw DataError(
      .card, at: Self.place(file, unknown.value.mark?.line),
      "unknown key '\(Self.join(path, unknown.key))'; known here: \(known.sorted().joined(separator: ", "))")
  }

  /// An error at the line of a key, or of the whole section.
  func error(_ key: String? = nil, _ message: String) -> DataError {
    let node = key.flatMap { key in entries.first { $0.key == key }?.value }
    let name = key.map { Self.join(path, $0) } ?? path
    return DataError(.card, at: Self.place(file, node?.mark?.line ?? line), name.isEmpty ? message : "'\(name)' \(message)")
  }

  private mutating func take(_ key: String) -> Node? {
    known.append(key)
    return entries.first { $0.key == key }?.value
  }

  private func require<Value>(_ value: Value?, _ key: String) throws(DataError) -> Value {
    guard let value else { throw DataError(.card, at: Self.place(file, line), "'\(Self.join(path, key))' is missing") }
    return value
  }

  private func number(_ node: Node, _ key: String) throws(DataError) -> Double {
    guard let text = node.scalar?.string, let value = Double(text), value.isFinite else { throw wrong(key, node, "must be a number") }
    return value
  }

  private func wrong(_ key: String, _ node: Node, _ message: String) -> DataError {
    let found = node.scalar.map { ", not '\($0.string)'" } ?? ""
    return DataError(.card, at: Self.place(file, node.mark?.line), "'\(Self.join(path, key))' \(message)\(found)")
  }

  private static func place(_ file: String, _ line: Int?) -> String { line.map { "\(file):\($0)" } ?? file }
  private static func join(_ path: String, _ key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }
}
