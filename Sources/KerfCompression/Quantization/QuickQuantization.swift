import KerfEngine
import KerfGraph

/// A network quantized without polish, for choosing: by the better of two estimators' ranges, or by ranges that only give it the right shape.
///
/// The network that is written in the end goes through the whole `Quantizer`.
struct QuickQuantization {
  private let draft: QuantizationDraft
  /// Parts of the calibration images that channels are balanced on: their magnitudes need no more.
  private static let balancePieces = 8
  /// What ranges are tried: everything that was seen (peaks may be what matters), or what leaves the least error of a value by itself.
  private static let estimators: [any RangeEstimator] = [MinMaxRange(), MSERange()]
  private static let probedPieces = 3

  /// With ranges from calibration images.
  init(_ model: Model, batches: [[String: Tensor]], options: EngineOptions) throws {
    let pieces = Array(batches.flatMap { RangeCalibration.cut($0) }.prefix(Self.balancePieces))
    let network = try PreparedNetwork(model).balanced(on: pieces, options: options)
    var draft = QuantizationDraft(network)
    let layout = QuantizationLayout(draft.model, layers: draft.layers)
    let calibration = try RangeCalibration(draft.model, values: layout.owners, batches: batches, options: options)
    let histograms = try calibration.histograms(counted: true) { _, _ in }
    let probe = try OutputProbe(network.model, pieces: Array(pieces.prefix(Self.probedPieces)), options: options)
    var best = (draft: draft, noise: Double.infinity)
    for estimator in Self.estimators {
      draft.ranges = layout.ranges(histograms.mapValues { estimator.range(of: $0, draft.activations) })
      let noise = try probe.noise(draft.written().model)
      if noise < best.noise || best.draft.ranges.isEmpty { best = (draft, noise) }
    }
    draft = best.draft
    self.draft = draft
  }

  /// With the range −1…1 everywhere: as large, and as fast, as any.
  init(skeleton model: Model) throws {
    let network = try PreparedNetwork(model)
    var draft = QuantizationDraft(network)
    for value in QuantizationLayout(draft.model, layers: draft.layers).values { draft.ranges[value] = ValueRange(-1, 1) }
    self.draft = draft
  }

  /// The network with those layers in int8 whose name `chosen` takes.
  func model(_ chosen: (String) -> Bool = { _ in true }) -> Model {
    var draft = draft
    for layer in draft.layers where !chosen(layer.name) { draft.float[layer.name] = "not chosen" }
    return draft.written().model
  }
}
