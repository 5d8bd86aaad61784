import KerfGraph

/// Everything that determines a quantized network: written anew after each change.
package struct QuantizationDraft: Sendable {
  /// The network in float, prepared.
  package var model: Model
  /// The layers that can be quantized.
  package var layers: [LinearLayer]
  /// Ranges of the values, for the layout in which every layer is quantized.
  package var ranges: [String: ValueRange] = [:]
  /// Layers that stay float, by name, with the reason.
  package var float: [String: String] = [:]
  /// Levels of weights that are not the nearest, by layer.
  package var levels: [String: [Int]] = [:]
  /// Biases that were corrected, by layer.
  package var biases: [String: [Float]] = [:]
  let activations: IntegerFormat
  let weights: IntegerFormat

  package init(
    _ network: PreparedNetwork, ranges: [String: ValueRange] = [:], activations: IntegerFormat = .uint8, weights: IntegerFormat = .int8
  ) {
    (model, layers, self.ranges) = (network.model, network.scan.layers, ranges)
    (self.activations, self.weights) = (activations, weights)
  }

  /// A draft as written.
  package struct Written: Sendable {
    package let model: Model
    package let layout: QuantizationLayout
    package let maps: [String: AffineMap]
    /// By place of the layer's node.
    let weights: [Int: WeightQuantization]
    /// By value name the name of the rounded value; the value's own name where it has no levels.
    package let rounded: [String: String]
  }

  var quantized: [LinearLayer] { layers.filter { float[$0.name] == nil } }

  package func written() -> Written {
    let chosen = quantized
    let layout = QuantizationLayout(model, layers: chosen)
    var maps: [String: AffineMap] = [:]
    for value in layout.values { maps[value] = ranges[value].map { AffineMap($0, activations) } }
    var weights: [Int: WeightQuantization] = [:]
    for var layer in chosen {
      guard let input = maps[layer.input] else { continue }
      layer.bias = biases[layer.name] ?? layer.bias
      weights[layer.index] = WeightQuantization(layer, inputScale: input.scale, format: self.weights, levels: levels[layer.name])
    }
    // Layers that stay float keep their corrected bias out: it was for rounded weights.
    var writer = QDQWriter(model, layout: layout, maps: maps, weights: weights)
    let written = writer.write()
    return Written(model: written.model, layout: layout, maps: maps, weights: weights, rounded: written.rounded)
  }
}
