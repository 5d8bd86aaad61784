/// A named part of a card's pictures.
public struct Split: Sendable {
  public let name: String
  /// The name of its source in the card.
  public let source: String
  public let rule: SplitRule
  /// The whole of a set, kept to reproduce published figures; it may share pictures with `calibration` and `validation`, so a network that
  /// was compressed with this card must not be reported on it.
  public let isReference: Bool

  init(name: String, from section: inout CardSection) throws(DataError) {
    self.name = name
    source = try section.text("source")
    rule = try SplitRule(from: &section)
    isReference = try section.optionalFlag("reference") ?? false
    try section.finish()
  }
}
