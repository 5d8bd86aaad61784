import KerfEngine
import KerfGraph

/// A network on the bench: its current draft, what that measures, and the trying of steps, of which each is kept only where it does not hurt.
struct QuantizationBench {
  let data: CompressionData
  let request: QuantizationRequest
  let progress: @Sendable (Progress) -> Void
  /// The float network's metric on the validation split.
  let wanted: MetricValue
  let probe: OutputProbe
  /// Calibration images that corrections are made on.
  let pieces: [[String: Tensor]]
  /// Layers by place with their geometry, at the measured shape.
  let sites: [Int: LayerSite]
  /// Multiply-adds by layer, fraction 0...1.
  let shares: [String: Double]

  private(set) var draft: QuantizationDraft
  private(set) var histograms: [String: Histogram] = [:]
  private(set) var noise = Double.infinity
  private(set) var metric: MetricValue
  private(set) var estimator: any RangeEstimator = MSERange()
  private(set) var steps: [QuantizationStep] = []

  /// Multiply-adds of a run over the images that corrections are made on: each layer takes about two such runs.
  private static let work = 2e11

  init(
    _ network: PreparedNetwork, data: CompressionData, request: QuantizationRequest, progress: @escaping @Sendable (Progress) -> Void
  ) throws {
    (self.data, self.request, self.progress) = (data, request, progress)
    progress(Progress(stage: "measure the float network", done: 0, total: 1))
    wanted = try data.validate(network.model)
    metric = wanted
    probe = try OutputProbe(
      network.model, pieces: OutputProbe.pieces(of: data.calibration, network.model, most: 8, work: Self.work / 4), options: request.engine)
    pieces = try OutputProbe.pieces(of: data.calibration, network.model, most: 16, work: Self.work)
    let shapes = try ShapeInference.infer(
      network.model, inputShapes: data.timing.mapValues(\.shape), evaluator: Interpreter.evaluator(opset: network.model.opset))
    sites = Dictionary(
      LayerScan(network.model, shapes: shapes).sites.map { ($0.index, $0) }, uniquingKeysWith: { first, _ in first })
    shares = Self.shares(network, shapes)
    draft = QuantizationDraft(network, activations: request.activations, weights: request.weights)
    for name in request.keepFloat { draft.float[name] = "asked for" }
  }

  /// Each layer's part of the multiply-adds of all.
  private static func shares(_ network: PreparedNetwork, _ shapes: [String: TensorInfo]) -> [String: Double] {
    var macs: [String: Double] = [:]
    for layer in network.scan.layers {
      // A transposed convolution applies its kernel at every input position.
      let value = layer.node.opType == "ConvTranspose" ? layer.input : layer.output
      let channels = layer.node.opType == "ConvTranspose" ? layer.shape[0] : layer.outputs
      let count = (shapes[value]?.fixedShape ?? []).reduce(1, *)
      macs[layer.name] = Double(count) / Double(max(1, channels)) * Double(layer.weights.count)
    }
    let total = max(macs.values.reduce(0, +), 1)
    return macs.mapValues { $0 / total }
  }

  // MARK: Ranges

  /// Finds the ranges of all values by the estimator asked for, or by the one that leaves least noise at the output.
  mutating func findRanges() throws {
    histograms = try measureHistograms(draft)
    let names = request.ranges.map { [$0] } ?? RangeEstimatorRegistry.all.map { $0.name }
    var best: (draft: QuantizationDraft, noise: Double)?
    for (step, name) in names.enumerated() {
      progress(Progress(stage: "find ranges", done: step, total: names.count))
      let candidate = try RangeEstimatorRegistry.estimator(named: name)
      let made = withRanges(draft, histograms, candidate)
      let noise = try probe.noise(made.written().model)
      steps.append(QuantizationStep(name: "ranges: \(name)", sqnr: OutputProbe.decibels(noise), metric: nil, kept: false))
      if noise < best?.noise ?? .infinity {
        best = (made, noise)
        estimator = candidate
      }
    }
    guard let best else { throw CompressionError(.network, "the quantized network's output is not finite with any range estimator") }
    (draft, noise) = best
    metric = try data.validate(draft.written().model)
    let kept = type(of: estimator).name
    if let place = steps.lastIndex(where: { $0.name == "ranges: \(kept)" }) {
      (steps[place].kept, steps[place].metric) = (true, metric.value)
    }
  }

  private func measureHistograms(_ draft: QuantizationDraft) throws -> [String: Histogram] {
    // The layout of all layers: leaving one float later takes values away and adds none.
    let layout = QuantizationLayout(draft.model, layers: draft.layers)
    let calibration = try RangeCalibration(draft.model, values: layout.owners, batches: data.calibration, options: request.engine)
    return try calibration.histograms(counted: true) { done, total in
      progress(Progress(stage: "calibrate", done: done, total: total))
    }
  }

  private func withRanges(
    _ draft: QuantizationDraft, _ histograms: [String: Histogram], _ estimator: any RangeEstimator
  ) -> QuantizationDraft {
    var draft = draft
    let layout = QuantizationLayout(draft.model, layers: draft.layers)
    draft.ranges = layout.ranges(histograms.mapValues { estimator.range(of: $0, request.activations) })
    return draft
  }

  // MARK: Steps

  /// Takes a candidate over if it leaves less noise and the metric does not fall.
  @discardableResult
  private mutating func consider(_ candidate: QuantizationDraft, _ name: String) throws -> Bool {
    let model = candidate.written().model
    let noise = try probe.noise(model)
    let metric = try data.validate(model)
    // A metric above the float network's is rounding's luck, and no loss to come down from.
    let kept = noise < self.noise && metric.value >= min(self.metric.value, wanted.value) - tolerance
    steps.append(QuantizationStep(name: name, sqnr: OutputProbe.decibels(noise), metric: metric.value, kept: kept))
    if kept { (draft, self.noise, self.metric) = (candidate, noise, metric) }
    return kept
  }

  /// What a metric may fall by without anything having got worse: half a point (or one picture, where there are few) or 0.005 dB.
  ///
  /// Of some hundred pictures a few change their class by chance; the noise at the output says more, and the bound is held in the end.
  private var tolerance: Double { wanted.unit == "%" ? max(0.5, 100.5 / Double(max(1, wanted.count))) : 0.005 }

  mutating func equalize() throws {
    let pairs = Equalization.pairs(draft.model, layers: draft.layers)
    guard !pairs.isEmpty else { return }
    progress(Progress(stage: "equalize", done: 0, total: 1))
    let seen = try ChannelMeans(draft.model, values: pairs.map(\.value), pieces: pieces, options: request.engine)
    var candidate = draft
    (candidate.model, candidate.layers) = Equalization.balance(
      draft.model, layers: draft.layers, pairs: pairs, magnitudes: seen.magnitudes)
    let counted = try measureHistograms(candidate)
    if try consider(withRanges(candidate, counted, estimator), "equalization of \(pairs.count) pairs of layers") { histograms = counted }
  }

  /// Reconstructs the levels of all layers from the first to the last, each on what the layers before it give.
  mutating func reconstruct() throws {
    let method = RoundingReconstruction(sites: sites, pieces: pieces, options: request.engine, seed: request.seed)
    var candidate = draft
    let layers = draft.quantized
    for (step, layer) in layers.enumerated() {
      progress(Progress(stage: "reconstruct", done: step, total: layers.count))
      if let levels = try method.levels(of: layer, in: candidate.written()) { candidate.levels[layer.name] = levels }
    }
    // Means are the bias's part: first the two as one step, then the levels alone (means of values that are cut off mislead).
    if request.correctsBias, try consider(try corrected(candidate), "reconstruction of the levels and bias correction") { return }
    try consider(candidate, "reconstruction of the levels")
  }

  mutating func correctBias() throws { try consider(try corrected(draft), "bias correction") }

  private func corrected(_ draft: QuantizationDraft) throws -> QuantizationDraft {
    try BiasCorrection(pieces: pieces, options: request.engine).correct(draft) { done, total in
      progress(Progress(stage: "correct biases", done: done, total: total))
    }
  }

  // MARK: Float layers

  /// What the metric may lose.
  var bound: Double { request.maxHarm ?? (wanted.unit == "%" ? 0.5 : 0.1) }
  /// What is aimed at: other images may lose more than the validation split. A single picture more or less is no aim, so shares of pictures have no reserve.
  private var aim: Double { wanted.unit == "%" ? bound : bound / 2 }
  var harm: Double { wanted.value - metric.value }
  var isWithinBound: Bool { harm <= bound }

  /// Leaves layers float that make much of the noise for next to no work.
  mutating func leaveFloatWhereCheap() throws { try leaveFloat { _ in nil } }

  /// Leaves layers float: those of much noise and next to no work, then others until the bound holds.
  mutating func leaveFloat() throws { try leaveFloat { $0.first } }

  /// - Parameter otherwise: what to leave float where the bound does not hold and no layer is cheap.
  private mutating func leaveFloat(_ otherwise: ([FloatLayers.Candidate]) -> FloatLayers.Candidate?) throws {
    while !draft.quantized.isEmpty {
      let stage = progress
      let found = try FloatLayers(probe: probe, shares: shares).candidates(draft, noise: noise) { done, total in
        stage(Progress(stage: "measure layers", done: done, total: total))
      }
      guard let next = found.first(where: FloatLayers.isCheap) ?? (harm <= aim ? nil : otherwise(found)) else { return }
      var candidate = draft
      candidate.float[next.name] = next.reason
      let model = candidate.written().model
      let (left, measured) = (try probe.noise(model), try data.validate(model))
      let helps = left < noise
      steps.append(
        QuantizationStep(name: "\(next.name) stays float", sqnr: OutputProbe.decibels(left), metric: measured.value, kept: helps))
      guard helps else { return }
      (draft, noise, metric) = (candidate, left, measured)
    }
  }
}
