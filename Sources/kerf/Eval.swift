import ArgumentParser
import KerfCompression
import KerfData
import KerfEngine
import KerfReport

/// `kerf eval MODEL --data CARD`
struct Eval: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Measures a network's accuracy on a data card.",
    discussion: """
      EXAMPLES
        kerf eval net.onnx --data Cards/dncnn_s25.yaml
        kerf eval net.onnx --data card.yaml --split validation --limit 100 --json
      """)

  @Argument(help: "The ONNX file.") var model: String
  @Option(help: "The data card (YAML).") var data: String
  @Option(help: "The split to measure on.") var split = "test"
  @Option(help: "At most so many pictures.") var limit: Int?
  @Option(help: "The network (ONNX) that MODEL was made from: what the card's kept-psnr and psnr-to-original compare with.")
  var original: String?
  @Flag(help: "Print JSON: metric, value, count, standard_error, and all figures of the card.") var json = false
  @OptionGroup var engine: EngineArguments
  @OptionGroup var arithmetic: ArithmeticArguments

  private struct Output: Encodable {
    struct Figure: Encodable {
      var metric: String
      var unit: String
      var value: Double
      var count: Int
      var standardError: Double?
    }
    var model: String
    var card: String
    var split: String
    var metric: String
    var unit: String
    var value: Double
    var count: Int
    var standardError: Double?
    var metrics: [Figure]
    var problems: [String]
  }

  func run() throws {
    if let limit, limit < 1 { throw InputError("--limit \(limit) must be at least 1") }
    let loaded = try LoadedModel(model)
    let card = try DataCard(contentsOf: data)
    let options = try arithmetic.apply(to: engine.engineOptions(.estimate))
    if let metric = card.metrics.first(where: \.comparesWithOriginal), original == nil {
      throw InputError(
        "\(data): \(metric.name) compares with the original network: give --original FILE (MODEL itself, if it is the original)")
    }
    defer { engine.keep(options) }
    let network = try NetworkData(card: card, model: original.map { try LoadedModel($0) }?.model ?? loaded.model, options: options)
    let line = ProgressLine("evaluate", total: 0)
    var started = false
    let (measurements, problems) = try network.evaluate(loaded.model, split: split, limit: limit) { done, total in
      if !started { line.begin("evaluate", total: total) }
      started = true
      line.update(completed: done)
    }
    line.finish()
    guard let first = measurements.first else { throw InputError("\(data): the split '\(split)' gives no figure") }
    if json {
      let figures = measurements.map {
        Output.Figure(metric: $0.metric, unit: $0.unit, value: $0.value, count: $0.count, standardError: $0.standardError)
      }
      return print(
        try ResultJSON.text(
          Output(
            model: model, card: data, split: split, metric: first.metric, unit: first.unit, value: first.value, count: first.count,
            standardError: first.standardError, metrics: figures, problems: problems.map { $0.description })))
    }
    for figure in measurements {
      let error = figure.standardError.map { " ± " + NumberText.fixed($0, decimals: 3) } ?? ""
      print(
        "\(figure.metric)  \(NumberText.fixed(figure.value, decimals: 3))\(error) \(figure.unit)  (\(figure.count) images of '\(split)')")
    }
    for problem in problems { print("left out: \(problem)") }
  }
}
