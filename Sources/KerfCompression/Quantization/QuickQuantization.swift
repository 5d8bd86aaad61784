import KerfEngine
import KerfGraph

/// A network quantized without polish, for choosing: by one estimator's ranges, or by ranges that only give it the right shape.
///
/// The network that is written in the end goes through the whole `Quantizer`.
struct QuickQuantization {
  private let draft: QuantizationDraft
  /// Parts of the calibration images that channels are balanced on: their magnitudes need no more.
  private static let balancePieces = 8

  /// With ranges from calibration images.
  init(_ model: Model, batches: [[String: Tensor]], options: EngineOptions) throws {
    let pieces = Array(batches.flatMap { RangeCalibration.cut($0) }.prefix(Self.balancePieces))
    let network = try PreparedNetwork(model).balanced(on: pieces, options: options)
    var draft = QuantizationDraft(network)
    let layout = QuantizationLayout(draft.model, layers: draft.layers)
    let calibration = try RangeCalibration(draft.model, values: layout.owners, batches: batches, options: options)
    let histograms = try calibration.histograms(counted: true) { _, _ in }
    let estimator = MSERange()
    draft.ranges = layout.ranges(histograms.mapValues { estimator.range(of: $0, draft.activations) })
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
