import KerfEngine
import KerfGraph

/// Moves the mean error of rounding into the biases: `b += E[y] − E[ŷ]`, channel by channel, layer after layer.
///
/// `y` is a layer's result in the float network, `ŷ` in the quantized one with everything before it already corrected, both over all positions of the same
/// calibration images.
/// - Reference: M. Nagel et al., "Data-Free Quantization Through Weight Equalization and Bias Correction", ICCV 2019, §4.2.
package struct BiasCorrection {
  let pieces: [[String: Tensor]]
  let options: EngineOptions

  package init(pieces: [[String: Tensor]], options: EngineOptions) { (self.pieces, self.options) = (pieces, options) }

  package func correct(_ draft: QuantizationDraft, progress: (Int, Int) -> Void = { _, _ in }) throws -> QuantizationDraft {
    var draft = draft
    let layers = draft.quantized.filter { $0.node.opType != "MatMul" && $0.outputs > 0 }
    let wanted = try ChannelMeans(draft.model, values: layers.map(\.output), pieces: pieces, options: options)
    for (step, layer) in layers.enumerated() {
      progress(step, layers.count)
      try correct(layer, in: &draft, wanted: wanted)
    }
    return draft
  }

  func correct(_ layer: LinearLayer, in draft: inout QuantizationDraft, wanted: ChannelMeans) throws {
    let written = draft.written()
    // A layer's own result, before activation and rounding, bears its name also in the written network.
    let name =
      written.model.graph.nodes.contains { $0.outputs.first == layer.output && $0.opType == layer.node.opType }
      ? layer.output : layer.output + "/real"
    let made = try ChannelMeans(written.model, values: [name], pieces: pieces, options: options)
    guard let y = wanted.means[layer.output], let rounded = made.means[name], y.count == layer.outputs, rounded.count == y.count else {
      return
    }
    let old = draft.biases[layer.name] ?? layer.bias ?? [Float](repeating: 0, count: layer.outputs)
    let new = old.indices.map { Float(Double(old[$0]) + y[$0] - rounded[$0]) }
    if new.allSatisfy(\.isFinite) { draft.biases[layer.name] = new }
  }
}
