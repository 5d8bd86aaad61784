/// What the pictures are and how the network sees them, read from a YAML file; `Cards/README.md` describes every key.
public struct DataCard: Sendable {
  public let name: String
  public let about: String
  /// The file it was read from.
  public let file: String
  /// The text it was read from: what a content hash is taken of.
  public let yaml: String
  public let task: any DataTask
  public let colour: Colour
  public let prepare: [PrepareStep]
  public let input: InputRules
  public let output: OutputRules
  /// The first is the card's metric: what `--max-drop` is counted in.
  public let metrics: [any Metric]
  /// In the order of the file.
  public let splits: [Split]
  let sources: [String: any ImageSource]

  /// Reads a card; the data themselves are not touched, nor the variables its paths name.
  ///
  /// - Throws: `.file`; `.card` with file, line and key where a key is unknown, missing or wrong, or where splits that must be disjoint are not.
  public init(contentsOf path: String) throws(DataError) {
    try self.init(yaml: String(decoding: try Files.read(path), as: UTF8.self), file: path)
  }

  /// Reads a card from its text; relative paths are relative to the folder of `file`.
  public init(yaml: String, file: String) throws(DataError) {
    var card = try CardSection(yaml: yaml, file: file)
    self.file = file
    self.yaml = yaml
    name = try card.text("name")
    about = try card.optionalText("about") ?? ""
    var taskSection = try card.section("task")
    task = try TaskRegistry.make(from: &taskSection)
    colour = try card.choice("colour")
    var steps: [PrepareStep] = []
    for var section in try card.sections("prepare") { steps.append(try PrepareStep(from: &section)) }
    prepare = steps
    input = try InputRules(from: try card.optionalSection("input"), channels: colour.channels)
    output = try OutputRules(from: try card.optionalSection("output"), layout: input.layout, colour: colour)

    var metrics: [any Metric] = []
    for var section in try card.sections("metrics") {
      let metric = try MetricRegistry.make(from: &section)
      guard metric.judgesImages == type(of: task).givesImages else {
        throw section.error("kind", "'\(metric.name)' does not judge what the task '\(type(of: task).kind)' gives")
      }
      metrics.append(metric)
    }
    guard !metrics.isEmpty else { throw card.error("metrics", "must be a list of at least one metric") }
    self.metrics = metrics

    var sources: [String: any ImageSource] = [:]
    var sourceSections = try card.section("sources")
    for key in sourceSections.keys {
      var section = try sourceSections.section(key)
      sources[key] = try SourceRegistry.make(from: &section)
    }
    self.sources = sources

    var splits: [Split] = []
    var splitSections = try card.section("splits")
    for key in splitSections.keys {
      var section = try splitSections.section(key)
      let split = try Split(name: key, from: &section)
      guard sources[split.source] != nil else {
        let names = sources.keys.sorted().joined(separator: ", ")
        throw section.error("source", "must be one of the card's sources (\(names)), not '\(split.source)'")
      }
      splits.append(split)
    }
    self.splits = splits
    try Self.check(splits, of: splitSections)
    try card.finish()
  }

  /// The card's metric.
  public var metric: any Metric { metrics[0] }

  /// Whether a metric needs what the original network gives.
  public var comparesWithOriginal: Bool { metrics.contains(where: \.comparesWithOriginal) }

  /// The split of that name.
  ///
  /// - Throws: `.split` with the names there are.
  public func split(_ name: String) throws(DataError) -> Split {
    guard let split = splits.first(where: { $0.name == name }) else {
      throw DataError(.split, at: file, "no split '\(name)'; the card has: \(splits.map(\.name).joined(separator: ", "))")
    }
    return split
  }

  /// `calibration`, `validation` and all other splits share no picture, except with splits marked as reference.
  private static func check(_ splits: [Split], of sections: CardSection) throws(DataError) {
    guard !splits.isEmpty else { throw sections.error(nil, "must name at least one split") }
    let choosing = ["calibration", "validation"]
    for split in splits where split.isReference && choosing.contains(split.name) {
      throw sections.error(split.name, "cannot be a reference split")
    }
    for (position, split) in splits.enumerated() where !split.isReference {
      for other in splits[(position + 1)...] where !other.isReference && other.source == split.source {
        guard choosing.contains(split.name) || choosing.contains(other.name) else { continue }
        if let index = split.rule.overlap(with: other.rule) {
          throw sections.error(
            other.name,
            "shares picture \(index) of '\(split.source)' with '\(split.name)'; what calibrates or chooses a network must not report it")
        }
      }
    }
  }
}
