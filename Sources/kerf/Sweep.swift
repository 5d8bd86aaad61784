import ArgumentParser
import Foundation
import KerfCompression
import KerfData
import KerfDecomposition
import KerfEngine
import KerfGraph
import KerfReport

/// `kerf sweep MODEL --layer NAME --html OUT`
struct SweepCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sweep",
    abstract: "Rank against fit, time, multiply-adds, response error and accuracy, for one layer or all.",
    discussion: """
      Solvers of cp and cp-spatial: \(CPSolverRegistry.list.map { "\($0.name) (\($0.summary))" }.joined(separator: "; ")).

      EXAMPLES
        kerf sweep net.onnx --html sweep.html --csv sweep.csv
        kerf sweep net.onnx --layer conv3 --form cp --form tucker2 --solver als --solver nls
        kerf sweep net.onnx --layer conv3 --form cp --rank 8 --rank 16 --rank 32 --correction norm --json
        kerf sweep net.onnx --data card.yaml --criterion data --time --accuracy --html sweep.html
      """)

  @Argument(help: "The ONNX file.") var model: String
  @Option(help: "A layer's name (may be repeated; default: all).") var layer: [String] = []
  @Option(help: "A form (may be repeated; default: all that the layer can take).") var form: [String] = []
  @Option(help: "A rank, '16', or '16,24' of tucker2 (may be repeated; default: those that save work).") var rank: [String] = []
  @Option(help: "How many ranks of a form, where none is given.") var ranks = 8
  @Option(help: "A solver of cp, cp-spatial and separable banks (may be repeated; default: the form's own).") var solver: [String] = []
  @Option(
    help:
      "Error-preserving correction after the solver: \(CPCorrection.allCases.map(\.rawValue).joined(separator: " or ")) (of the weights' decomposition: with data, where the fit starts)."
  )
  var correction: String?
  @Option(help: "Most steps of a solver.") var steps: Int?
  @Option(help: "Random starts of a solver, beside the first.") var starts: Int?
  @Option(help: "filter (weights alone, default) or data.") var criterion = "filter"
  @Option(help: "The data card (YAML): response errors, and what --criterion data and --accuracy need.") var data: String?
  @Flag(help: "Time every form in the engine.") var time = false
  @Flag(help: "Measure the whole network with every form by itself, on the validation split.") var accuracy = false
  @Option(help: "Images to fit on.") var calibration = 16
  @Option(help: "Images to measure on, at most.") var validation: Int?
  @Option(help: "Shape of an input, 'x=1,3,224,224' or '1,3,224,224'.") var shape: [NamedArgument] = []
  @Option(help: "Seed of every random choice.") var seed: UInt64 = 1
  @Option(help: "Write a table of comma-separated values.") var csv: String?
  @Option(help: "Write one HTML page with the plots.") var html: String?
  @Flag(help: "Print JSON.") var json = false
  @OptionGroup var engine: EngineArguments

  func run() throws {
    let request = try request()
    let loaded = try LoadedModel(model)
    var shapes = try shape.shapes(for: loaded.model)
    var images: CompressionData?
    if let data {
      let network = try NetworkData(card: DataCard(contentsOf: data), model: loaded.model, options: EngineOptions())
      images = try network.compressionData(
        limits: .init(calibration: calibration, validation: validation, test: 1), testSplit: "test", timing: shapes.values.first)
      shapes = images?.timing.mapValues(\.shape) ?? shapes
    }
    let line = ProgressLine("sweep", total: 0)
    let stage = Stage(line)
    let sweep = try Sweep(
      loaded.model, name: .init(name: loaded.model.graph.name, path: model), shapes: loaded.shapes(shapes), data: images, request: request,
      store: .standard(), progress: { stage.show($0) })
    defer { engine.keep(request.engine) }
    let result = try sweep.run()
    line.finish()
    if let csv { try OutputFile.write(SweepTable.csv(result), to: csv) }
    if let html { try OutputFile.write(SweepReport(result).html(), to: html) }
    if json { return print(try ResultJSON.text(result), terminator: "") }
    let terminal = Terminal.standardOutput
    print(SweepTable.text(result, width: terminal.width, colours: terminal.welcomesColours))
  }

  private func request() throws -> SweepRequest {
    if ranks < 1 { throw InputError("--ranks \(ranks) must be at least 1") }
    if let steps, steps < 1 { throw InputError("--steps \(steps) must be at least 1") }
    if let starts, starts < 0 { throw InputError("--starts \(starts) must not be negative") }
    if calibration < 1 { throw InputError("--calibration \(calibration) must be at least 1") }
    if let validation, validation < 1 { throw InputError("--validation \(validation) must be at least 1") }
    try OutputFile.check(csv, html)
    let chosen = try rank.map { text in
      let numbers = text.split(separator: ",", omittingEmptySubsequences: false).map { Int($0) }
      guard numbers.allSatisfy({ ($0 ?? 0) > 0 }) else {
        throw InputError("--rank '\(text)' must be positive numbers with commas between")
      }
      return numbers.compactMap { $0 }
    }
    guard let fitting = CompressionRequest.Fitting(rawValue: criterion) else {
      throw InputError("--criterion '\(criterion)' is neither filter nor data")
    }
    let goal = try correction.map(CPCorrection.init(argument:))
    return SweepRequest(
      layers: layer, forms: form, ranks: chosen, ranksPerForm: ranks, solvers: solver, correction: goal,
      steps: steps, starts: starts, fitting: fitting, timesForms: time, measuresNetwork: accuracy, seed: seed,
      engine: try engine.engineOptions())
  }
}
