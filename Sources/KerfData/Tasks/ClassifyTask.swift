/// One class a picture; class k of the source is output k + `offset`.
public struct ClassifyTask: DataTask {
  public static let kind = "classify"
  public static let givesImages = false

  public let offset: Int

  public init(from section: inout CardSection) throws(DataError) {
    offset = try section.optionalInteger("offset", in: -1_000_000...1_000_000) ?? 0
  }

  public func pose(
    _ item: SourceItem, index: Int, colour: Colour, prepare: [PrepareStep]
  ) throws(DataError) -> (input: Image, target: Target) {
    guard let label = item.label else { throw DataError(.mismatch, "the picture has no class, which the task needs") }
    // Output numbers are far smaller, and the sum must not overflow.
    guard (0...1_000_000_000).contains(label) else { throw DataError(.mismatch, "\(label) is no class") }
    return (try prepare.apply(to: colour.convert(item.image)), .label(label + offset))
  }
}
