import KerfDecomposition
import KerfGraph

extension Workbench {
  /// The choices that a recipe states.
  /// - Throws: `CompressionError.recipe` where it was made for another network or data, or names what does not exist.
  func choices(from recipe: Recipe) throws -> Choices {
    guard recipe.model.sha256 == source.sha256 else {
      throw CompressionError(
        .recipe,
        "the recipe was made for \(recipe.model.file) (sha256 \(recipe.model.sha256.prefix(12))…), "
          + "this is \(source.file) (\(source.sha256.prefix(12))…)")
    }
    if let wanted = recipe.data,
      wanted.sha256 != data?.card.sha256 || wanted.calibration != data?.card.calibration || wanted.edge != data?.card.edge
    {
      throw CompressionError(
        .recipe,
        "the recipe was fitted on \(wanted.calibration) images of \(wanted.card) (sha256 \(wanted.sha256.prefix(12))…); "
          + "give the same card with --data, and --calibration \(wanted.calibration)"
          + (wanted.edge.map { " --calibration-edge \($0)" } ?? ""))
    }
    var choices: Choices = [:]
    for layer in recipe.layers {
      guard let site = scan.sites.first(where: { $0.name == layer.name }) else {
        throw CompressionError(.recipe, "the network has no layer '\(layer.name)' that can be factorized")
      }
      let precision = layer.precision ?? .float32
      if layer.form == Candidate.dense {
        choices[layer.name] = dense(site, precision)
        continue
      }
      let method = try MethodRegistry.method(named: layer.form)
      do { try method.check(Rank(layer.rank), for: site.kernel) } catch {
        throw CompressionError(.recipe, "the recipe's layer '\(layer.name)': \(error)")
      }
      choices[layer.name] = try candidate(site, method, Rank(layer.rank), precision)
    }
    return choices
  }

  /// One form on every layer that it saves work on, at the rank given or at the one that the request's rule gives.
  func choicesAsGiven(_ report: inout RunLog) throws -> Choices {
    guard case .form(let name, let given) = request.method else {
      throw CompressionError(
        .request,
        "say what is wanted: a bound (--speedup, --latency, --macs, --size, --memory, --max-drop, --pareto), a --method FORM[:rank], or a --recipe"
      )
    }
    let method = try MethodRegistry.method(named: name)
    if let given, given.count != type(of: method).rankCount {
      throw CompressionError(.request, "form '\(name)' takes \(type(of: method).rankCount) numbers as its rank, not \(given.count)")
    }
    var choices: Choices = [:]
    for site in scan.sites {
      if let reason = method.applicability(to: site.kernel).reason {
        report.reasons[site.name] = "\(name): \(reason)"
        continue
      }
      let rank: Rank
      do {
        rank = try given.map { Rank($0) } ?? request.ranks.rank(of: method, for: site.kernel)
      } catch let error as DecompositionError where error.code == .inapplicable {
        report.reasons[site.name] = "\(name): \(error.message)"
        continue
      }
      if let refusal = method.refusal(of: rank, for: site.kernel) {
        report.reasons[site.name] = "\(name): \(refusal)"
        continue
      }
      guard method.macsPerOutput(site.kernel, rank: rank) < site.kernel.macsPerOutput else {
        let crossover = method.crossoverRank(for: site.kernel).map { "its crossover rank is \($0)" } ?? "no rank of it saves work"
        report.reasons[site.name] = "\(name): rank \(rank) saves no work here; \(crossover)"
        continue
      }
      choices[site.name] = try candidate(site, method, rank, request.precision == .float32 ? .float32 : .int8)
    }
    if choices.isEmpty { report.warnings.append("no layer can take \(request.method.text)") }
    return choices
  }

  /// Every layer as it is, in int8.
  var levelsAlone: Choices {
    Dictionary(scan.sites.map { ($0.name, dense($0, .int8)) }, uniquingKeysWith: { first, _ in first })
  }

  private func dense(_ site: LayerSite, _ precision: LayerPrecision) -> Candidate {
    Candidate(
      form: Candidate.dense, rank: [], precision: precision, milliseconds: .nan, error: .nan, macs: site.macs, parameters: site.parameters)
  }

  private func candidate(_ site: LayerSite, _ method: any DecompositionMethod, _ rank: Rank, _ precision: LayerPrecision) throws
    -> Candidate
  {
    let factors = method.skeleton(of: site.kernel, rank: rank)
    return Candidate(
      form: method.name, rank: rank.values, precision: precision, milliseconds: .nan, error: .nan, macs: site.macs(of: factors),
      parameters: method.parameters(site.kernel, rank: rank))
  }
}
