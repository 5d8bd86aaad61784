import KerfAlgebra
import KerfDecomposition
import KerfEngine
import KerfGraph

/// Times layers and what may replace them, in the engine, at the layer's own shape.
struct LayerTimer {
  let options: EngineOptions
  let store: MeasurementStore
  /// What else the times depend on: machine, instruction set, version.
  let machineKey: [String]
  let opset: Int
  /// Measures instead of the engine.
  var command: CommandTimer?

  /// Times of a layer as it is and of one form in its place, ms, measured in turn in one run.
  struct Pair: Codable, Sendable {
    var dense: Double
    var form: Double
  }

  private static let rounds = 4

  private func key(_ site: LayerSite, _ factors: [ConvolutionKernel], _ precision: LayerPrecision) -> [String] {
    machineKey + ["time", describe(site)] + (command.map { ["timer", $0.command] } ?? [])
      + (precision == .float32 ? [] : [precision.rawValue])
      + factors.map(describe)
  }

  /// The times of `site` and of each of some chains in its place. Weights do not matter for the time: random ones will do.
  func measure(_ site: LayerSite, _ jobs: [(factors: [ConvolutionKernel], precision: LayerPrecision)]) throws -> [Pair] {
    let keys = jobs.map { key(site, $0.factors, $0.precision) }
    guard let command else {
      return try zip(jobs, keys).map { job, key in
        try store.value(for: key) { try inEngine(site, factors: job.factors, precision: job.precision) }
      }
    }
    // Another program gets all that are missing at once, the layer itself before them.
    var pairs = keys.map { store.value(Pair.self, for: $0) }
    let missing = pairs.indices.filter { pairs[$0] == nil }
    if !missing.isEmpty {
      let all = [(factors: [site.kernel], precision: LayerPrecision.float32)] + missing.map { jobs[$0] }
      let models = try all.map { try network(site, $0.factors, $0.precision).model }
      let times = try command.milliseconds(of: models, shapes: models.map { _ in [site.input: site.inputShape] })
      for (place, time) in zip(missing, times.dropFirst()) {
        let pair = Pair(dense: times[0], form: time)
        pairs[place] = pair
        store.keep(pair, for: keys[place])
      }
    }
    return pairs.compactMap { $0 }
  }

  private func inEngine(_ site: LayerSite, factors: [ConvolutionKernel], precision: LayerPrecision) throws -> Pair {
    let dense = try prepare(site, [site.kernel], .float32)
    let form = try prepare(site, factors, precision)
    var times: (dense: [Double], form: [Double]) = ([], [])
    for _ in 0..<Self.rounds {
      times.dense.append(try dense.milliseconds())
      times.form.append(try form.milliseconds())
    }
    return Pair(dense: Statistics.median(times.dense), form: Statistics.median(times.form))
  }

  private struct Prepared {
    let session: Session
    let inputs: [String: Tensor]
    let nodes: Set<String>

    /// Time of the layer's own steps in the second of two runs: converting layouts at the ends of so small a network is not the layer's.
    func milliseconds() throws -> Double {
      try session.profile(inputs, runs: 1).reduce(0.0) { nodes.contains($1.name) ? $0 + $1.milliseconds : $0 }
    }
  }

  /// The layer, or what stands in its place, with random weights, and the names of its nodes.
  private func network(
    _ site: LayerSite, _ factors: [ConvolutionKernel], _ precision: LayerPrecision
  ) throws -> (model: Model, nodes: Set<String>) {
    var random = SeededGenerator(seed: 1)
    let factors = factors.map { factor in
      if factor.selection != nil { return factor }
      return factor.replacing(weights: (0..<factor.weights.count).map { _ in Float(random.uniform() - 0.5) }, bias: factor.bias)
    }
    var model = LayerRewriter.alone(site, LayerForm(method: "form", rank: Rank(0), factors: factors), opset: opset)
    let nodes = Set(model.graph.nodes.map(\.name))
    if precision == .int8 { model = try QuickQuantization(skeleton: model).model() }
    return (model, nodes)
  }

  private func prepare(_ site: LayerSite, _ factors: [ConvolutionKernel], _ precision: LayerPrecision) throws -> Prepared {
    let (model, nodes) = try network(site, factors, precision)
    var random = SeededGenerator(seed: 2)
    let input = Tensor((0..<site.inputShape.reduce(1, *)).map { _ in Float(random.uniform() - 0.5) }, shape: site.inputShape)
    let session = try Session(model, shapes: [site.input: site.inputShape], options: options)
    return Prepared(session: session, inputs: [site.input: input], nodes: nodes)
  }

  private func describe(_ site: LayerSite) -> String { "\(site.node.opType) \(site.inputShape) " + describe(site.kernel) }

  private func describe(_ kernel: ConvolutionKernel) -> String {
    if let order = kernel.selection { return "select \(order)" }
    let upsampling = kernel.isTransposed ? " u\(kernel.upsampling)" : ""
    return "\(kernel.shape)/\(kernel.groups) s\(kernel.strides) d\(kernel.dilations) p\(kernel.pads) b\(kernel.bias == nil ? 0 : 1)"
      + upsampling
  }
}
