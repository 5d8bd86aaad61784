import ArgumentParser
import Foundation
import KerfCompression
import KerfData
import KerfDecomposition
import KerfEngine
import KerfGraph
import KerfONNX
import KerfReport
import Synchronization

/// `kerf compress MODEL -o OUT --data CARD --speedup 2`
struct Compress: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Factorizes a network's layers under one bound and writes a smaller, faster ONNX file.",
    discussion: """
      Forms: \(MethodRegistry.all.map { "\($0.name) (\(type(of: $0).summary))" }.joined(separator: "; ")).

      Beside OUT the recipe is written (OUT without .onnx, .recipe.yaml): it makes the same file again.

      EXAMPLES
        kerf compress net.onnx -o small.onnx --data card.yaml --speedup 2
        kerf compress net.onnx -o small.onnx --data card.yaml --max-drop 0.1 --report small.html
        kerf compress net.onnx -o small.onnx --data card.yaml --max-drop 0.5 --precision auto
        kerf compress net.onnx -o small.onnx --data card.yaml --speedup 2 --timer 'python3 Examples/timers/onnxruntime.py {model}'
        kerf compress net.onnx -o small.onnx --method tucker2 --ranks-by evbmf --criterion filter
        kerf compress net.onnx -o small.onnx --data card.yaml --macs 4 --method channel --ranks-by pca-energy
        kerf compress net.onnx -o small.onnx --data card.yaml --pareto 5
        kerf compress net.onnx -o small.onnx --method spatial:24 --criterion filter --shape 1,3,224,224
        kerf compress net.onnx -o again.onnx --data card.yaml --recipe small.recipe.yaml
      """)

  @Argument(help: "The ONNX file.") var model: String
  @Option(name: [.customShort("o"), .long], help: "The ONNX file to write.") var output: String
  @Option(help: "The data card (YAML).") var data: String?
  @Option(help: "auto, FORM, or FORM:rank[,rank].") var method = "auto"
  @Option(help: "At least so many times faster, measured.") var speedup: Double?
  @Option(help: "At most 1/X of the multiply-adds.") var macs: Double?
  @Option(help: "A file of at most so many bytes.") var size: Int?
  @Option(help: "At most so many milliseconds, measured.") var latency: Double?
  @Option(help: "Weights and activations of at most so many bytes while the network runs in Kerf's engine.") var memory: Int?
  @Option(help: "As fast as possible while the card's metric falls by at most this (points or dB).") var maxDrop: Double?
  @Option(
    help:
      "The whole curve of time against the metric from one table: so many networks, OUT-1.onnx (the fastest), OUT-2.onnx, …, without those that another outdoes."
  ) var pareto: Int?
  @Option(help: ArgumentHelp("What chooses ranks.", discussion: Self.rankChoices)) var ranksBy: String?
  @Option(
    help: ArgumentHelp(
      "What factors are fitted to: \(CompressionRequest.Fitting.allCases.map { "\($0.rawValue) (\($0.summary))" }.joined(separator: "; ")).",
      discussion: "Default with --data: mahalanobis for networks that give pictures, else asymmetric; without it filter."))
  var criterion: String?
  @Option(
    help: "Solver of canonical polyadic forms: \(CPSolverRegistry.list.map(\.name).joined(separator: ", ")) (default: the form's own).")
  var solver: String?
  @Option(
    help:
      "Error-preserving correction after it: \(CPCorrection.allCases.map(\.rawValue).joined(separator: " or ")) (of the weights' decomposition: with data, where the fit starts)."
  )
  var correction: String?
  @Option(help: "float32, int8, or auto: each layer the one that serves best.") var precision: String?
  @Option(
    help: ArgumentHelp(
      "A command that measures instead of the engine: it prints the milliseconds of each ONNX file in {model}, one a line.",
      discussion: "Ready ones for onnxruntime, OpenVINO and ncnn: Examples/timers.", valueName: "CMD {model}"))
  var timer: String?
  @Option(help: "Repeat a recipe.") var recipe: String?
  @Flag(help: "Fold batch normalization into the convolutions before anything else.") var foldBatchNorm = false
  @Option(help: "Write an HTML report.") var report: String?
  @Option(help: "Shape of an input, 'x=1,3,224,224' or '1,3,224,224': timing is done at it.") var shape: [NamedArgument] = []
  @Option(help: "Split to report on.") var testSplit = "test"
  @Option(help: "Images to fit on (default: 16 to 512, as many as have 5 million pixels).") var calibration: Int?
  @Option(help: "Of pictures to fit on, only the middle, so many pixels high and wide, where the network takes any size (default 160).")
  var calibrationEdge: Int?
  @Option(help: "Images to choose by, at most.") var validation: Int?
  @Option(help: "Images to report on, at most.") var test: Int?
  @Option(help: "Seed of every random choice (default: the recipe's, or 1).") var seed: UInt64?
  @Option(help: "Folder of what was measured before (default: $KERF_CACHE, $XDG_CACHE_HOME/kerf or ~/.cache/kerf).") var cache: String?
  @Flag(help: "Neither read nor keep measurements.") var noCache = false
  @Flag(help: "Print JSON.") var json = false
  @OptionGroup var engine: EngineArguments

  func run() throws {
    let card = try data.map { try DataCard(contentsOf: $0) }
    let request = try request(card)
    let loaded = try LoadedModel(model, passes: request.passes)
    var shapes = try shape.shapes(for: loaded.model)
    var compressionData: CompressionData?
    if let card {
      let network = try NetworkData(card: card, model: loaded.model, options: EngineOptions())
      let edge = calibrationEdge ?? (request.recipe == nil ? 160 : request.recipe?.data?.edge)
      compressionData = try network.compressionData(
        limits: .init(
          calibration: calibration ?? request.recipe?.data?.calibration ?? network.standardCalibration(edge: edge),
          validation: validation, test: test, calibrationEdge: edge), testSplit: testSplit, timing: shapes.values.first)
      shapes = compressionData?.timing.mapValues(\.shape) ?? shapes
    }
    let line = ProgressLine("compress", total: 0)
    let stage = Stage(line)
    let compressor = try Compressor(
      loaded.model, source: Recipe.Source(file: URL(fileURLWithPath: model).lastPathComponent, sha256: try loaded.sha256),
      shapes: loaded.shapes(shapes), data: compressionData, request: request, store: store, encode: { try ONNXFile.encode($0) },
      progress: { stage.show($0) })
    defer { engine.keep(request.engine, store: store) }
    let terminal = Terminal.standardOutput
    if pareto != nil {
      let outcomes = try compressor.curve()
      line.finish()
      if outcomes.isEmpty { throw BoundNotMet("no network that forms can give is faster than the original; nothing was written") }
      for (index, outcome) in outcomes.enumerated() { try write(outcome, number: index + 1) }
      let results = outcomes.map(\.result)
      print(
        json ? try ResultJSON.text(results) : CompressionTable.curve(results).text(width: terminal.width, colours: terminal.welcomesColours)
      )
      return
    }
    let outcome = try compressor.run()
    line.finish()
    try write(outcome)
    if json {
      print(try ResultJSON.text(outcome.result), terminator: "")
    } else {
      print(CompressionTable.text(outcome.result, width: terminal.width, colours: terminal.welcomesColours))
    }
    if !outcome.reached {
      throw BoundNotMet("\(outcome.result.request.goal) cannot be met; the best that was found was written to \(output)")
    }
  }

  private var store: MeasurementStore {
    if noCache { return MeasurementStore(folder: nil) }
    return cache.map { MeasurementStore(folder: URL(fileURLWithPath: $0)) } ?? .standard()
  }

  private func request(_ card: DataCard?) throws -> CompressionRequest {
    let goals: [Goal] = [
      speedup.map { .speedup($0) }, macs.map { .macs($0) }, size.map { .size(bytes: $0) }, latency.map { .latency(milliseconds: $0) },
      memory.map { .memory(bytes: $0) }, maxDrop.map { .maxDrop($0) }, pareto.map { .curve(points: $0) },
    ].compactMap { $0 }
    let wishes = goals.count + (recipe == nil ? 0 : 1)
    if wishes > 1 {
      throw InputError("give one of --speedup, --macs, --size, --memory, --latency, --max-drop, --pareto and --recipe, not \(wishes)")
    }
    for (name, value) in [("--speedup", speedup), ("--macs", macs)] {
      if let value, !(value >= 1 && value < 1e6) { throw InputError("\(name) \(value) must be at least 1") }
    }
    if let latency, !(latency > 0) { throw InputError("--latency \(latency) must be above 0 ms") }
    if let pareto, !(1...100).contains(pareto) { throw InputError("--pareto \(pareto) must be 1 to 100 networks") }
    if let memory, memory < 1 { throw InputError("--memory \(memory) must be at least 1 byte") }
    if let size, size < 1 { throw InputError("--size \(size) must be at least 1 byte") }
    if let maxDrop, !(maxDrop >= 0) { throw InputError("--max-drop \(maxDrop) must not be negative") }
    if let calibrationEdge, calibrationEdge < 32 { throw InputError("--calibration-edge \(calibrationEdge) must be at least 32") }
    for (name, count) in [("--calibration", calibration), ("--validation", validation), ("--test", test)] {
      if let count, count < 1 { throw InputError("\(name) \(count) must be at least 1") }
    }
    try OutputFile.check(output, report)
    let method = try CompressionRequest.Method(method)
    if recipe != nil, method != .auto || ranksBy != nil {
      throw InputError("the recipe says forms and ranks: leave --method and --ranks-by out")
    }
    if case .form(_, .some) = method, ranksBy != nil { throw InputError("--method \(method.text) states the rank: leave --ranks-by out") }
    if precision == PrecisionChoice.auto.rawValue, goals.isEmpty, recipe == nil {
      throw InputError("--precision auto chooses under a bound: give one, or --precision int8")
    }
    if case .form(_, .some) = method, !goals.isEmpty { throw InputError("a bound chooses the ranks: give --method FORM without a rank") }
    let fitted = try recipe.map { try Recipe.read($0) }
    let word = criterion ?? fitted?.criterion ?? CompressionRequest.Fitting.standard(for: card).rawValue
    guard let fitting = CompressionRequest.Fitting(rawValue: word) else {
      throw InputError("criterion '\(word)' is none of \(CompressionRequest.Fitting.allCases.map(\.rawValue).joined(separator: ", "))")
    }
    let numbers = precision ?? fitted?.precision ?? "float32"
    guard let choice = PrecisionChoice(rawValue: numbers) else {
      throw InputError("precision '\(numbers)' is none of \(PrecisionChoice.allCases.map(\.rawValue).joined(separator: ", "))")
    }
    let solver = solver ?? fitted?.solver
    if let solver { try CPSolverRegistry.check(solver) }
    let bounded = !goals.isEmpty
    let passes = foldBatchNorm ? [FoldBatchNormalization.name, EliminateDeadNodes.name] : fitted?.passes ?? []
    return CompressionRequest(
      goal: goals.first ?? .none, method: method, fitting: fitting, precision: choice,
      ranks: try bounded ? EnergyRule(EnergyRule.standard) : RankRuleRegistry.rule(ranksBy ?? EnergyRule.name),
      selector: try bounded ? RankSelectorRegistry.selector(ranksBy ?? BudgetSelector.name) : BudgetSelector(), recipe: fitted,
      passes: passes,
      cpSolver: solver, cpCorrection: try correction.map(CPCorrection.init(argument:)) ?? fitted?.correction, timer: timer,
      seed: seed ?? fitted?.seed ?? 1,
      engine: try engine.engineOptions(store: store), drawsCurve: report != nil)
  }

  /// Under a bound, and without one and without a rank.
  private static let rankChoices = """
    Under a bound: \(RankSelectorRegistry.all.map { "\($0.name) (\($0.summary))" }.joined(separator: "; ")); default \(BudgetSelector.name). \
    Without one: \(RankRuleRegistry.all.map { "\($0.name):\($0.standard) (\($0.summary))" }.joined(separator: "; ")).
    """

  /// - Parameter number: of a network on a curve; goes into the names of its files.
  private func write(_ outcome: Compressor.Outcome, number: Int? = nil) throws {
    let named = { (path: String) in
      number.map { number in
        let url = URL(fileURLWithPath: path)
        let stem = url.pathExtension.isEmpty ? path : String(path.dropLast(url.pathExtension.count + 1))
        return "\(stem)-\(number)" + (url.pathExtension.isEmpty ? "" : "." + url.pathExtension)
      } ?? path
    }
    let output = named(output)
    try ONNXFile.write(outcome.model, to: output)
    let stem = output.hasSuffix(".onnx") ? String(output.dropLast(5)) : output
    try OutputFile.write(outcome.recipe.text(), to: stem + ".recipe.yaml")
    if let report = report.map(named) { try OutputFile.write(HTMLReport(outcome.result).html(), to: report) }
  }
}

/// Turns the stages of a run into a progress line.
final class Stage: Sendable {
  private let line: ProgressLine
  private let name = Mutex("")

  init(_ line: ProgressLine) { self.line = line }

  func show(_ progress: KerfCompression.Progress) {
    let begins = name.withLock { name in
      defer { name = progress.stage }
      return name != progress.stage
    }
    if begins { line.begin(progress.stage, total: progress.total) }
    line.update(completed: progress.done)
  }
}
