import KerfAlgebra
import KerfDecomposition

/// One thing that may stand in a layer's place, with what it costs and what it harms.
public struct Candidate: Codable, Sendable, Equatable {
  public var form: String
  public var rank: [Int]
  public var precision = LayerPrecision.float32
  /// Measured in the engine at the layer's own shape, ms.
  public var milliseconds: Double
  /// Relative response error on calibration data: `E‖y − ŷ‖² / E‖y − ȳ‖²`, fraction; with levels, theirs is in it.
  public var error: Double
  /// Change of the network's output with this alone in the layer's place, `E‖f − f̂‖²`; without data the response error stands for it.
  public var harm = Double.nan
  /// The part of it that levels make.
  public var levelsHarm = 0.0
  public var macs: Int
  public var parameters: Int

  package init(
    form: String, rank: [Int], precision: LayerPrecision = .float32, milliseconds: Double, error: Double, harm: Double = .nan,
    macs: Int, parameters: Int
  ) {
    (self.form, self.rank, self.precision, self.milliseconds) = (form, rank, precision, milliseconds)
    (self.error, self.harm, self.macs, self.parameters) = (error, harm, macs, parameters)
  }
}

/// The candidates of one layer, and the layer itself as the first choice.
public struct LayerCandidates: Sendable {
  public let site: LayerSite
  /// Measured beside the candidates, ms.
  public var denseMilliseconds: Double
  public var candidates: [Candidate]
  /// Why forms are missing: by form, the reason.
  public var inapplicable: [String: String]

  package init(site: LayerSite, denseMilliseconds: Double, candidates: [Candidate], inapplicable: [String: String] = [:]) {
    (self.site, self.denseMilliseconds, self.candidates, self.inapplicable) = (site, denseMilliseconds, candidates, inapplicable)
  }
}

/// Builds the table of candidates: times first, then errors of those that are faster than the layer.
struct CandidateTable {
  let methods: [any DecompositionMethod]
  let precisions: [LayerPrecision]
  let timer: LayerTimer
  let store: MeasurementStore
  /// What the errors depend on beside the layer: model, calibration data, version.
  let dataKey: [String]
  /// Of the factors that will be kept: the table's take fewer sweeps.
  let options: SolverOptions

  /// Ranks tried of one form on one layer, spread over those that save work.
  static let ranksPerForm = 10
  /// A candidate must save at least this share of the layer's time: less is noise.
  private static let margin = 0.97

  /// The forms and ranks that run faster than the layer, with their times.
  func timed(_ site: LayerSite) throws -> LayerCandidates {
    var dense: [Double] = []
    var candidates: [Candidate] = []
    var inapplicable: [String: String] = [:]
    var jobs: [(form: String, rank: Rank, factors: [ConvolutionKernel], parameters: Int, precision: LayerPrecision)] = []
    if precisions.contains(.int8) { jobs.append((Candidate.dense, Rank([]), [site.kernel], site.parameters, .int8)) }
    for method in methods {
      let name = method.name
      // A form that was asked for by name is tried anyway.
      let reason = method.applicability(to: site.kernel).reason ?? (methods.count > 1 ? method.outdone(on: site.kernel) : nil)
      if let reason {
        inapplicable[name] = reason
        continue
      }
      for rank in Self.spread(method.candidateRanks(for: site.kernel)) {
        let factors = method.skeleton(of: site.kernel, rank: rank)
        guard site.macs(of: factors) < site.macs else { continue }
        jobs += precisions.map { (name, rank, factors, method.parameters(site.kernel, rank: rank), $0) }
      }
      inapplicable[name] = "no rank of it is faster than the layer on this machine"
    }
    for (job, pair) in zip(jobs, try timer.measure(site, jobs.map { ($0.factors, $0.precision) })) {
      dense.append(pair.dense)
      guard pair.form < Self.margin * pair.dense else { continue }
      inapplicable[job.form] = nil
      candidates.append(
        Candidate(
          form: job.form, rank: job.rank.values, precision: job.precision, milliseconds: pair.form / pair.dense, error: .nan,
          macs: site.macs(of: job.factors), parameters: job.parameters))
    }
    let reference = Statistics.median(dense)
    // Times were taken in pairs; on the common scale of the layer's own median they compare with each other.
    for index in candidates.indices { candidates[index].milliseconds *= reference }
    return LayerCandidates(
      site: site, denseMilliseconds: reference, candidates: candidates, inapplicable: inapplicable)
  }

  /// Nearly geometric steps: where ranks are small, each one counts.
  static func spread(_ ranks: [Rank], to count: Int = ranksPerForm) -> [Rank] {
    guard ranks.count > count else { return ranks }
    var places: [Int] = []
    for step in 0..<count {
      let share = Double(step) / Double(max(1, count - 1))
      places.append(Int((Double(ranks.count - 1) * share * (1 + share) / 2).rounded()))
    }
    return Set(places).sorted().map { ranks[$0] }
  }

  /// Fills in the errors and harms of a layer's candidates. Candidates are independent of each other, so they may be fitted side by side.
  /// - Parameters:
  ///   - probe: measures harms; `nil` lets the response errors stand for them.
  ///   - levels: measures what int8 adds to a form's error; asked for only where a candidate is int8.
  func fitted(_ layer: LayerCandidates, criterion: Criterion, probe: HarmProbe?, levels: () throws -> LevelsError?) throws
    -> LayerCandidates
  {
    var errors = kept(layer)
    var forms: [String: LayerForm] = [:]
    let levels = errors.answers(layer) ? nil : try levels()
    func fit(_ names: [String]) throws {
      for (name, (form, made)) in try fitted(names.map { ($0, layer.candidates[layer.groups[$0]?.first ?? 0]) }, layer, criterion, levels) {
        forms[name] = form
        errors.forms[name] = .init(error: made.error, levels: made.levels ?? errors.forms[name]?.levels, harm: errors.forms[name]?.harm)
      }
    }
    try fit(layer.groups.keys.filter { !errors.answers(layer, $0) }.sorted())
    if let probe {
      let unknown = errors.contenders(layer).filter { errors.forms[$0]?.harm == nil }
      try fit(unknown.filter { forms[$0] == nil })
      for name in unknown { errors.forms[name]?.harm = try forms[name].map { try probe.change(layer.site, $0) } }
      if layer.hasLevels, errors.noise == nil { errors.noise = try noise(layer.site, criterion, probe) }
    }
    store.keep(errors, for: key(layer))
    return errors.applied(to: layer)
  }

  /// The candidates with what an earlier run measured; `nil` where something is missing, and the layer must be seen.
  func known(_ layer: LayerCandidates, probed: Bool) -> LayerCandidates? {
    let errors = kept(layer)
    guard errors.answers(layer) else { return nil }
    if probed, errors.contenders(layer).contains(where: { errors.forms[$0]?.harm == nil }) || layer.hasLevels && errors.noise == nil {
      return nil
    }
    return errors.applied(to: layer)
  }

  private func kept(_ layer: LayerCandidates) -> LayerErrors { store.value(LayerErrors.self, for: key(layer)) ?? LayerErrors() }

  private func key(_ layer: LayerCandidates) -> [String] {
    dataKey + ["errors and harms", layer.site.name, "\(options.seed)", options.cpSolver ?? "", "\(options.cpCorrection?.rawValue ?? "")"]
  }

  private func fitted(
    _ jobs: [(name: String, candidate: Candidate)], _ layer: LayerCandidates, _ criterion: Criterion, _ levels: LevelsError?
  )
    throws -> [String: (LayerForm, LayerErrors.Form)]
  {
    let kernel = layer.site.kernel
    let made = try jobs.concurrentMap { job in (job.name, try fitted(job.candidate, kernel, criterion, levels)) }
    return Dictionary(uniqueKeysWithValues: made)
  }

  private func fitted(_ candidate: Candidate, _ kernel: ConvolutionKernel, _ criterion: Criterion, _ levels: LevelsError?) throws
    -> (LayerForm, LayerErrors.Form)
  {
    if candidate.form == Candidate.dense {
      let form = LayerForm(method: candidate.form, rank: Rank([]), factors: [kernel])
      return (form, .init(error: 0, levels: try levels?.measure(form), harm: 0))
    }
    let form = try MethodRegistry.method(named: candidate.form)
      .factorize(kernel, rank: Rank(candidate.rank), criterion: criterion, options: options.previewed)
    return (form, .init(error: try form.error(for: kernel, criterion), levels: try levels?.measure(form)))
  }

  /// Change of the output for each unit of relative response error that looks like noise, as that of levels does: measured on the kernel with
  /// some noise in it.
  private func noise(_ site: LayerSite, _ criterion: Criterion, _ probe: HarmProbe) throws -> Double {
    let kernel = site.kernel
    var random = SeededGenerator(seed: options.seed)
    let spread = 0.6 * (kernel.weights.reduce(0) { $0 + $1 * $1 } / Float(max(1, kernel.weights.count))).squareRoot()
    let factor = kernel.replacing(weights: kernel.weights.map { $0 + spread * Float(random.uniform() - 0.5) }, bias: kernel.bias)
    let form = LayerForm(method: Candidate.dense, rank: Rank([]), factors: [factor])
    return try probe.change(site, form) / max(form.error(for: kernel, criterion), 1e-9)
  }
}
