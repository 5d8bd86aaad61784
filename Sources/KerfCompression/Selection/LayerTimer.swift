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

  /// Has another program's times of many chains taken at once, each beside the layer's own; those that are known are not taken again.
  func prepare(_ site: LayerSite, _ jobs: [(factors: [ConvolutionKernel], precision: LayerPrecision)]) throws {
    guard let command else { return }
    let missing = jobs.filter { store.value(Pair.self, for: key(site, $0.factors, $0.precision)) == nil }
    if missing.isEmpty { return }
    let dense = [([site.kernel], LayerPrecision.float32)]
    let models = try (dense + missing.map { ($0.factors, $0.precision) }).map { try network(site, $0.0, $0.1).model }
    let times = try command.milliseconds(of: models, shapes: models.map { _ in [site.input: site.inputShape] })
    for (job, time) in zip(missing, times.dropFirst()) {
      store.keep(Pair(dense: times[0], form: time), for: key(site, job.factors, job.precision))
    }
  }

  /// The times of `site` and of the chain `factors` in its place. Weights do not matter for the time: random ones will do.
  func measure(_ site: LayerSite, factors: [ConvolutionKernel], precision: LayerPrecision = .float32) throws -> Pair {
    try store.value(for: key(site, factors, precision)) {
      if let command {
        let models = try [network(site, [site.kernel], .float32).model, network(site, factors, precision).model]
        let times = try command.milliseconds(of: models, shapes: models.map { _ in [site.input: site.inputShape] })
        return Pair(dense: times[0], form: times[1])
      }
      let dense = try prepare(site, [site.kernel], .float32)
      let form = try prepare(site, factors, precision)
      var times: (dense: [Double], form: [Double]) = ([], [])
      for _ in 0..<Self.rounds {
        times.dense.append(try dense.milliseconds())
        times.form.append(try form.milliseconds())
      }
      return Pair(dense: Statistics.median(times.dense), form: Statistics.median(times.form))
    }
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
      ConvolutionKernel(
        weights: (0..<factor.weights.count).map { _ in Float(random.uniform() - 0.5) }, shape: factor.shape, groups: factor.groups,
        strides: factor.strides, dilations: factor.dilations, pads: factor.pads, bias: factor.bias)
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
    "\(kernel.shape)/\(kernel.groups) s\(kernel.strides) d\(kernel.dilations) p\(kernel.pads) b\(kernel.bias == nil ? 0 : 1)"
  }
}
