import KerfDecomposition
import KerfGraph

extension Workbench {
  /// A network that an earlier run made of the same choices, with what it measured; levels are made anew each time.
  func recalled(_ choices: Choices) -> Attempt? {
    guard !choices.hasInt8, let kept = store.value(KeptNetwork.self, for: key(choices)) else { return nil }
    var forms: [(site: LayerSite, form: LayerForm)] = []
    for site in scan.sites where choices[site.name] != nil {
      guard let form = kept.forms[site.name]?.form else { return nil }
      forms.append((site, form))
    }
    return Attempt(
      choices: choices,
      fitted: FittedNetwork(model: LayerRewriter.rewrite(model, forms), forms: forms, errors: kept.errors, notes: kept.notes),
      milliseconds: kept.milliseconds, originalMilliseconds: kept.originalMilliseconds, metric: kept.metric, harm: kept.harm)
  }

  func keep(_ attempt: Attempt) {
    guard !attempt.choices.hasInt8, attempt.metric?.isFinite ?? true, attempt.harm?.change.isFinite ?? true else { return }
    let forms = Dictionary(attempt.fitted.forms.map { ($0.site.name, KeptForm($0.form)) }, uniquingKeysWith: { first, _ in first })
    store.keep(
      KeptNetwork(
        forms: forms, errors: attempt.fitted.errors, notes: attempt.fitted.notes, milliseconds: attempt.milliseconds,
        originalMilliseconds: attempt.originalMilliseconds, metric: attempt.metric, harm: attempt.harm),
      for: key(attempt.choices))
  }

  /// Time of the original and of a network with the chosen shapes, as it was measured first.
  func keptTime(_ choices: Choices) throws -> (original: Double, network: Double) {
    let times = try store.value(for: key(choices) + ["times"]) { () -> [Double] in
      let measured = try timeWherePossible(choices)
      return [measured.original, measured.network]
    }
    return (times[0], times[1])
  }

  /// The metric of a network on the test split; equal bytes on equal images need not be run again.
  func tested(_ model: Model, _ data: CompressionData) throws -> MetricValue {
    let key =
      ["test", ContentHash.hexadecimal(of: try encode(model)), data.card.sha256, data.images, source.sha256, KerfVersion.current]
      + request.passes
    return try store.value(for: key) { try data.test(model) }
  }

  var shapesKey: String { shapes.sorted { $0.key < $1.key }.map { "\($0) \($1)" }.joined() }

  /// Everything that a network made of some choices depends on, and its time.
  func key(_ choices: Choices) -> [String] {
    let layers = choices.sorted { $0.key < $1.key }.map { "\($0) \($1.form) \($1.rank) \($1.precision.rawValue)" }
    return machineKey + dataKey(request.fitting)
      + ["network", "\(request.seed)", request.cpSolver ?? "", "\(request.cpCorrection?.rawValue ?? "")", request.precision.rawValue]
      + [request.timer ?? "", shapesKey]
      + [data?.images ?? ""] + layers
  }
}
