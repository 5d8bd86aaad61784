import KerfDecomposition
import KerfEngine
import KerfGraph
import Synchronization

/// Compresses a whole network: which layers → what they see → which forms → new weights → measured.
///
/// The recipe on one screen: `run` calls the stages in order; each stage lives in the folder of its name.
public struct Compressor: Sendable {
  public struct Outcome: Sendable {
    public var model: Model
    public var recipe: Recipe
    public var result: CompressionResult
    /// Whether the bound asked for was met; `model` is the best that could be had.
    public var reached: Bool
  }

  let bench: Workbench
  let request: CompressionRequest
  let progress: @Sendable (Progress) -> Void

  /// - Parameters:
  ///   - model: functions already inlined, so that every layer stands in the graph itself.
  ///   - source: the file that the network came from.
  ///   - data: `nil` compresses by the weights alone and measures no accuracy.
  ///   - encode: the bytes of a model as a file, for sizes and hashes.
  public init(
    _ model: Model, source: Recipe.Source, shapes: [String: [Int]], data: CompressionData?, request: CompressionRequest,
    store: MeasurementStore, encode: @escaping @Sendable (Model) throws -> [UInt8],
    progress: @escaping @Sendable (Progress) -> Void = { _ in }
  ) throws {
    if data == nil, request.fitting != .filter {
      throw CompressionError(.request, "criterion '\(request.fitting.rawValue)' needs images: give --data CARD, or --criterion filter")
    }
    if data == nil, request.precision != .float32 {
      throw CompressionError(.request, "--precision \(request.precision.rawValue) needs images: give --data CARD")
    }
    if data == nil, case .maxDrop = request.goal { throw CompressionError(.request, "--max-drop needs images: give --data CARD") }
    self.request = request
    self.progress = progress
    bench = try Workbench(model, source: source, shapes: shapes, data: data, request: request, store: store, encode: encode)
  }

  public func run() throws -> Outcome {
    let start = ContinuousClock().now
    var report = RunLog()
    var reached = true
    var choices: Choices = [:]
    var table: [LayerCandidates] = []
    var fitted: FittedNetwork?

    if let recipe = request.recipe {
      choices = try bench.choices(from: recipe)
    } else if request.goal == .none {
      choices = try bench.choicesAsGiven(&report)
    } else {
      let (layers, attempts) = try searched(&report) { try [$0.run(request.goal)] }
      table = layers
      reached = attempts[0].reached
      choices = attempts[0].attempt?.choices ?? [:]
      fitted = attempts[0].attempt?.fitted
      if choices.isEmpty { report.warnings.append("no layer was replaced: nothing faster stays within the bound") }
    }
    let outcome = try outcome(fitted ?? bench.fit(choices, progress), choices, table, report, reached: reached, since: start)
    guard request.goal.needsTime, !choices.isEmpty, outcome.result.isSlower else { return outcome }
    // What was faster in the search is not in the last measurement: the network stays as it is.
    report.warnings.append("no layer was replaced: the network that was found measured slower than the original")
    return try self.outcome(bench.fit([:], progress), [:], table, report, reached: reached, since: start)
  }

  /// Networks between the fastest that forms can give and the original that none of the others outdoes in time and metric, fastest first; all from
  /// one table. The original is not among them.
  public func curve() throws -> [Outcome] {
    guard case .curve(let points) = request.goal else { return [try run()] }
    let start = ContinuousClock().now
    var report = RunLog()
    let (table, found) = try searched(&report) { search in try search.curve(points: points).map { ($0, true) } }
    return try found.compactMap(\.attempt).filter { !$0.choices.isEmpty }.map { attempt in
      try outcome(attempt.fitted, attempt.choices, table, report, reached: true, since: start)
    }
  }

  private func searched(_ report: inout RunLog, _ find: (inout BudgetSearch) throws -> [(attempt: Attempt?, reached: Bool)]) throws
    -> (table: [LayerCandidates], found: [(attempt: Attempt?, reached: Bool)])
  {
    let table = try bench.table(&report, progress)
    let attempts = Mutex<[Attempt]>([])
    var search = try bench.search(
      Chooser(table: table, selector: request.selector), record: { attempt in attempts.withLock { $0.append(attempt) } }, progress)
    let found = try find(&search)
    report.attempts = attempts.withLock { $0 }
    return (table, found)
  }

  /// The last word: both networks measured in turn, as they are written.
  private func outcome(
    _ fitted: FittedNetwork, _ choices: Choices, _ table: [LayerCandidates], _ report: RunLog, reached: Bool,
    since start: ContinuousClock.Instant
  ) throws -> Outcome {
    let final = try bench.finished(fitted, choices, progress)
    let recipe = try bench.recipe(choices, result: final.model)
    progress(Progress(stage: "measure both networks", done: 0, total: 1))
    var result = try ResultAssembler(bench: bench, request: request, table: table, choices: choices, report: report)
      .assemble(final, recipe: recipe, reached: reached, seconds: (ContinuousClock().now - start).inSeconds)
    result.reached = request.goal.isMet(before: result.before, after: result.after)
    if !result.reached {
      result.warnings.append(
        reached
          ? "the final measurement misses \(request.goal.text) by a little; ask for slightly more, or on a quieter machine"
          : "\(request.goal.text) cannot be met; this is the best that was found")
    }
    if let wanted = request.recipe?.result, wanted != recipe.result {
      result.warnings.append(
        "these are not the bytes that the recipe was written with (sha256 \(wanted.prefix(12))…): another type of machine, version, option or picture"
      )
    }
    return Outcome(model: final.model, recipe: recipe, result: result, reached: result.reached)
  }
}

extension Duration {
  var inSeconds: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }
}
