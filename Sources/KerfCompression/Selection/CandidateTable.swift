import Dispatch
import KerfDecomposition
import Synchronization

/// One thing that may stand in a layer's place, with what it costs and what it harms.
public struct Candidate: Codable, Sendable, Equatable {
  public var form: String
  public var rank: [Int]
  public var precision = LayerPrecision.float32
  /// Measured in the engine at the layer's own shape, ms.
  public var milliseconds: Double
  /// Relative response error on calibration data: `E‖y − ŷ‖² / E‖y − ȳ‖²`, fraction; with levels, theirs is in it.
  public var error: Double
  public var macs: Int
  public var parameters: Int
}

/// The candidates of one layer, and the layer itself as the first choice.
public struct LayerCandidates: Sendable {
  public let site: LayerSite
  /// Measured beside the candidates, ms.
  public var denseMilliseconds: Double
  /// Change of the network's output, `E‖f − f̂‖²`, per unit of relative response error of this layer.
  public var sensitivity: Double
  public var candidates: [Candidate]
  /// Why forms are missing: by form, the reason.
  public var inapplicable: [String: String]
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
      site: site, denseMilliseconds: reference, sensitivity: 1, candidates: candidates, inapplicable: inapplicable)
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

  /// Fills in the errors of a layer's candidates. Candidates are independent of each other, so they may be fitted side by side.
  /// - Parameter levels: measures what int8 adds to a form's error; asked for only where a candidate is int8.
  func fitted(_ layer: LayerCandidates, criterion: Criterion, levels: () throws -> LevelsError?) throws -> LayerCandidates {
    var layer = layer
    let key =
      dataKey + [
        "form and level errors", layer.site.name, criterion.name, "\(options.seed)", options.cpSolver ?? "",
        "\(options.cpCorrection?.rawValue ?? "")",
      ]
    // The same form and rank in two precisions is one fit.
    let groups = Dictionary(grouping: layer.candidates.indices) { "\(layer.candidates[$0].form) \(layer.candidates[$0].rank)" }
    var known = groups.mapValues { _ in Errors?.none }
    for (name, indices) in groups {
      let kept = store.value(Errors.self, for: key + [name])
      let needsLevels = indices.contains { layer.candidates[$0].precision == .int8 }
      known[name] = kept.flatMap { needsLevels && $0.levels == nil ? nil : $0 }
    }
    let missing = groups.keys.filter { (known[$0] ?? nil) == nil }.sorted()
    if !missing.isEmpty {
      let probe = layer.candidates.contains { $0.precision == .int8 } ? try levels() : nil
      let results = Mutex<[String: Result<Errors, any Error>]>([:])
      let kernel = layer.site.kernel
      let jobs = missing.map { ($0, layer.candidates[groups[$0]?.first ?? 0]) }
      DispatchQueue.concurrentPerform(iterations: jobs.count) { job in
        let (name, candidate) = jobs[job]
        let result = Result { try errors(of: candidate, kernel, criterion, probe) }
        results.withLock { $0[name] = result }
      }
      for (name, result) in results.withLock({ $0 }) {
        let made = try result.get()
        known[name] = made
        store.keep(made, for: key + [name])
      }
    }
    for (name, indices) in groups {
      guard let errors = known[name] ?? nil else { continue }
      for index in indices {
        layer.candidates[index].error = errors.form + (layer.candidates[index].precision == .int8 ? errors.levels ?? 0 : 0)
      }
    }
    return layer
  }

  /// Relative errors of the response: what the form makes, and what levels add.
  private struct Errors: Codable, Sendable {
    var form: Double
    var levels: Double?
  }

  private func errors(of candidate: Candidate, _ kernel: ConvolutionKernel, _ criterion: Criterion, _ levels: LevelsError?) throws -> Errors
  {
    if candidate.form == Candidate.dense {
      return Errors(form: 0, levels: try levels?.measure(LayerForm(method: candidate.form, rank: Rank([]), factors: [kernel])))
    }
    var options = SolverOptions.preview
    (options.seed, options.cpSolver, options.cpCorrection) = (self.options.seed, self.options.cpSolver, self.options.cpCorrection)
    let form = try MethodRegistry.method(named: candidate.form)
      .factorize(kernel, rank: Rank(candidate.rank), criterion: criterion, options: options)
    return Errors(form: try form.error(for: kernel, criterion), levels: try levels?.measure(form))
  }
}
