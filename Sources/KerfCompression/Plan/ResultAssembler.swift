import KerfDecomposition
import KerfEngine
import KerfGraph

/// Puts together what a run has to say: everything in it was measured by this run, on the two networks as they are.
struct ResultAssembler {
  let bench: Workbench
  let request: CompressionRequest
  let table: [LayerCandidates]
  let choices: Choices
  let report: RunLog

  func assemble(_ fitted: FittedNetwork, recipe: Recipe, reached: Bool, seconds: Double) throws -> CompressionResult {
    var warnings = report.warnings
    var timings: [NetworkTimer.Timing?] = [nil, nil]
    var metrics: [MetricValue?] = [nil, nil]
    var pictures: [PictureRow] = []
    var times: (before: LayerTimes?, after: LayerTimes?)
    do {
      timings = try bench.networkTimer().measure([bench.model, fitted.model])
      // Layers inside a network are for the engine alone to time.
      if request.timer == nil { times = (try bench.layerTimes(bench.model), try bench.layerTimes(fitted.model)) }
      if let data = bench.data {
        metrics = [try bench.tested(bench.model, data), try bench.tested(fitted.model, data)]
        // Where forms and levels both changed something, what each of them did is to be seen.
        let form = choices.replaced.isEmpty ? nil : fitted.float
        pictures = try data.pictures(bench.model, [form, fitted.model].compactMap { $0 })
      }
    } catch let error as EngineError where error.code == .unsupported && request.fitting == .filter {
      warnings.append("not measured: the engine cannot run this network (\(error))")
    }
    let layers = try layerResults(fitted, times.before, times.after)
    return CompressionResult(
      model: .init(name: bench.model.graph.name, path: bench.source.file),
      request: .init(goal: request.goal.text, method: request.method.text, criterion: request.fitting.rawValue), reached: reached,
      before: try figures(bench.model, timings[0], metrics[0]), after: try figures(fitted.model, timings[1], metrics[1]), layers: layers,
      quantization: fitted.quantization,
      candidates: report.attempts.map { attempt in
        CandidatePoint(
          label: label(attempt.choices), medianMilliseconds: attempt.milliseconds, metric: attempt.metric,
          chosen: attempt.choices == choices)
      },
      pictures: pictures, machine: bench.machine, versions: versions, recipe: try recipe.text(), warnings: warnings,
      seconds: seconds)
  }

  /// With the clock, where that is another program.
  private var versions: [String: String] {
    ["kerf": KerfVersion.current].merging(request.timer.map { ["timer": $0] } ?? [:]) { own, _ in own }
  }

  private func precision(_ site: LayerSite, _ choice: Candidate?) -> LayerPrecision {
    choice?.precision ?? (request.precision == .int8 && choices.hasInt8 ? .int8 : .float32)
  }

  private func label(_ choices: Choices) -> String {
    if choices.isEmpty { return "original" }
    let forms = Dictionary(grouping: choices.values) { $0.precision == .float32 ? $0.form : "\($0.form) \($0.precision.rawValue)" }
      .map { "\($0.value.count)×\($0.key)" }
    return forms.sorted().joined(separator: " ")
  }

  private func figures(_ model: Model, _ timing: NetworkTimer.Timing?, _ metric: MetricValue?) throws -> Figures {
    let cost = try NetworkCost(model, shapes: bench.shapes)
    return Figures(
      parameters: cost.parameters, macs: cost.macs, bytes: try bench.encode(model).count,
      memoryBytes: timing == nil ? nil : try bench.memory(model), medianMilliseconds: timing?.median,
      p10Milliseconds: timing?.p10, p90Milliseconds: timing?.p90, metric: metric)
  }

  private func layerResults(_ fitted: FittedNetwork, _ before: LayerTimes?, _ after: LayerTimes?) throws -> [LayerResult] {
    var results: [(index: Int, result: LayerResult)] = []
    let byName = Dictionary(table.map { ($0.site.name, $0) }, uniquingKeysWith: { first, _ in first })
    for site in bench.scan.sites {
      let choice = choices[site.name]
      let result = LayerResult(
        name: site.name, op: site.node.opType, kernel: site.kernel.shape,
        form: choice.flatMap { $0.form == Candidate.dense ? nil : $0.form },
        rank: choice?.rank ?? [], precision: precision(site, choice),
        reason: reason(site, choice, byName[site.name]) + (fitted.notes[site.name].map { "; \($0)" } ?? ""),
        error: choice == nil ? nil : fitted.errors[site.name]?.squareRoot(),
        parametersBefore: site.parameters, parametersAfter: choice?.parameters ?? site.parameters, macsBefore: site.macs,
        macsAfter: choice?.macs ?? site.macs, millisecondsBefore: before?[site],
        millisecondsAfter: after?[site], spectra: try spectra(site, choice))
      results.append((site.index, result))
    }
    for skipped in bench.scan.skipped {
      let index = bench.model.graph.nodes.firstIndex { $0.name == skipped.name || $0.outputs.first == skipped.name } ?? 0
      results.append(
        (
          index,
          LayerResult(
            name: skipped.name, op: skipped.opType, kernel: [], reason: skipped.reason, parametersBefore: 0, parametersAfter: 0,
            macsBefore: 0, macsAfter: 0)
        ))
    }
    return results.sorted { $0.index < $1.index }.map(\.result)
  }

  private func reason(_ site: LayerSite, _ choice: Candidate?, _ layer: LayerCandidates?) -> String {
    if request.recipe != nil { return choice == nil ? "not in the recipe" : "as in the recipe" }
    if let given = report.reasons[site.name] { return given }
    if request.goal == .none { return choice == nil ? "left" : "as asked for" }
    guard let choice else {
      guard let layer, !layer.candidates.isEmpty else { return "no form is faster than the layer on this machine" }
      return "every form that is faster costs more accuracy than the bound allows"
    }
    if choice.milliseconds.isNaN { return "the whole network on levels is the fastest within the bound" }
    let times = choice.milliseconds > 0 ? (layer?.denseMilliseconds ?? 0) / choice.milliseconds : 0
    let hundredths = Int((times * 100).rounded())
    return "least harm within the bound; \(hundredths / 100).\(hundredths % 100 < 10 ? "0" : "")\(hundredths % 100)× faster"
  }

  private func spectra(_ site: LayerSite, _ choice: Candidate?) throws -> [Spectrum] {
    try KernelAnalysis(site.kernel).spectra.map { spectrum in
      Spectrum(name: spectrum.name, values: spectrum.values, chosen: choice?.form == spectrum.name ? choice?.rank.first : nil)
    }
  }
}
