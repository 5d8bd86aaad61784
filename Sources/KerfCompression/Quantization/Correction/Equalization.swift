import KerfEngine
import KerfGraph

/// Balances the channels of values between two layers: what one layer's channel gives is divided by `s`, what the next makes of it multiplied.
///
/// Holds where nothing but an activation with `f(x/s) = f(x)/s` lies between (none, ReLU, LeakyReLU, PReLU) and nobody else reads. Weights have a scale an
/// output channel, so what suffers from unequal channels is the value between, of magnitude `r₁`, and the next layer's weights, `r₂` by input channel:
/// `s = √(r₁·r₂) / r₂` gives both the magnitude `√(r₁·r₂)`. A depthwise layer has a scale for every input channel: only the value suffers, and `s = r₁`.
/// - Reference: M. Nagel et al., "Data-Free Quantization Through Weight Equalization and Bias Correction", ICCV 2019, §4.1, with `r₁` of the value and not of
///   the weights.
package enum Equalization {
  /// Two layers by place, and the value that the second reads.
  package struct Pair: Sendable, Equatable {
    package let first: Int
    package let second: Int
    package let value: String
    /// Whether nothing lies between them, not even an activation.
    let isDirect: Bool
  }

  /// Scales beyond this are not the training's doing: dead channels.
  private static let largest = 1e4

  /// The pairs of a network.
  package static func pairs(_ model: Model, layers: [LinearLayer]) -> [Pair] {
    let index = GraphIndex(model.graph)
    let byPlace = Dictionary(layers.map { ($0.index, $0) }, uniquingKeysWith: { first, _ in first })
    return layers.compactMap { layer in
      guard layer.node.opType == "Conv" else { return nil }
      var value = layer.output
      var reader = index.onlyConsumer(of: value)
      if let place = reader, ["Relu", "LeakyRelu", "PRelu"].contains(model.graph.nodes[place].opType) {
        value = model.graph.nodes[place].outputs[0]
        reader = index.onlyConsumer(of: value)
      }
      guard let place = reader, let next = byPlace[place], next.node.opType == "Conv", next.input == value,
        inputChannel(of: next, outputs: next.outputs) != nil, inputs(of: next) == layer.outputs
      else { return nil }
      return Pair(first: layer.index, second: place, value: value, isDirect: value == layer.output)
    }
  }

  private static func groups(_ layer: LinearLayer) -> Int {
    if case .int(let value)? = layer.node[attribute: "group"] { return Int(value) }
    return 1
  }

  private static func inputs(of layer: LinearLayer) -> Int { layer.shape[1] * groups(layer) }

  /// The input channel of a weight by its position in `[N, C/g, k…]`.
  private static func inputChannel(of layer: LinearLayer, outputs: Int) -> ((Int) -> Int)? {
    let groups = groups(layer)
    guard groups > 0, outputs % groups == 0 else { return nil }
    let (perGroup, taps, rows) = (layer.shape[1], layer.shape[2...].reduce(1, *), outputs / groups)
    return { i in i / (perGroup * taps) / rows * perGroup + i / taps % perGroup }
  }

  /// Balances the pairs one after the other, from the first.
  /// - Parameter magnitudes: `r₁` by value and channel, on calibration data.
  /// - Returns: the model with new weights, and the layers with theirs.
  package static func balance(
    _ model: Model, layers: [LinearLayer], pairs: [Pair], magnitudes: [String: [Double]]
  ) -> (model: Model, layers: [LinearLayer]) {
    let places = Dictionary(layers.enumerated().map { ($1.index, $0) }, uniquingKeysWith: { first, _ in first })
    var layers = layers
    for pair in pairs {
      guard let a = places[pair.first], let b = places[pair.second], let r1 = magnitudes[pair.value],
        let channel = inputChannel(of: layers[b], outputs: layers[b].outputs), r1.count == layers[a].outputs
      else { continue }
      var r2 = [Double](repeating: 0, count: r1.count)
      for (i, w) in layers[b].weights.enumerated() { r2[channel(i)] = max(r2[channel(i)], Double(abs(w))) }
      let (isDepthwise, most) = (layers[b].shape[1] == 1, r1.max() ?? 1)
      let scales = r1.indices.map { c -> Float in
        guard r1[c] > 0, r2[c] > 0 else { return 1 }
        let scale = isDepthwise ? r1[c] / most : (r1[c] * r2[c]).squareRoot() / r2[c]
        return Float(min(Self.largest, max(1 / Self.largest, scale)))
      }
      for i in layers[a].weights.indices { layers[a].weights[i] /= scales[layers[a].channel(ofWeight: i)] }
      layers[a].bias = layers[a].bias?.enumerated().map { $1 / scales[$0] }
      for i in layers[b].weights.indices { layers[b].weights[i] *= scales[channel(i)] }
    }
    let originals = layers.flatMap { $0.node.inputs.dropFirst() }
    var model = model
    var names = NameSupply(model.graph)
    for i in layers.indices {
      let old = layers[i]
      var node = old.node
      node.inputs[1] = names.fresh(old.node.inputs[1] + "/balanced")
      model.graph.initializers.append(Initializer(node.inputs[1], Tensor(old.weights, shape: old.shape)))
      if let bias = old.bias, node.inputs.count > 2 {
        node.inputs[2] = names.fresh(old.node.inputs[2] + "/balanced")
        model.graph.initializers.append(Initializer(node.inputs[2], Tensor(bias, shape: [bias.count])))
      }
      model.graph.nodes[old.index] = node
      layers[i] = LinearLayer(
        index: old.index, name: old.name, node: node, shape: old.shape, weights: old.weights, bias: old.bias, axis: old.axis,
        outputs: old.outputs)
    }
    model.graph.removeConstants(unreadAmong: originals)
    return (model, layers)
  }
}
