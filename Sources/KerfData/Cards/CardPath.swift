/// A path as a card writes it: `${NAME}` stands for an environment variable; what is then relative is so to the card's folder.
public struct CardPath: Sendable, Equatable {
  public let text: String
  let card: String

  init(_ text: String, card: String) {
    self.text = text
    self.card = card
  }

  /// The path with variables put in.
  ///
  /// - Throws: `.environment` where a variable is not set, `.card` where a `${` has no end.
  func resolved() throws(DataError) -> String {
    var result = ""
    var rest = text[...]
    while let start = rest.firstRange(of: "${") {
      result += rest[..<start.lowerBound]
      guard let end = rest[start.upperBound...].firstIndex(of: "}") else {
        throw DataError(.card, at: card, "the path '\(text)' has a '${' without its '}'")
      }
      let name = String(rest[start.upperBound..<end])
      guard let value = Files.variable(name), !value.isEmpty else {
        throw DataError(
          .environment, at: card,
          "the path '\(text)' needs the environment variable \(name), which is not set; set it to the folder that holds the data")
      }
      result += value
      rest = rest[rest.index(after: end)...]
    }
    result += rest
    guard !result.hasPrefix("/") else { return result }
    guard let slash = card.lastIndex(of: "/") else { return result }
    return card[...slash] + result
  }
}
