import KerfGraph

/// Writes a network's levels as ONNX: `QuantizeLinear` and `DequantizeLinear` behind every value that has some, weights and biases as integers behind
/// a `DequantizeLinear`. Everything else stays.
struct QDQWriter {
  let model: Model
  let layout: QuantizationLayout
  let maps: [String: AffineMap]
  /// By place of the layer's node.
  let weights: [Int: WeightQuantization]

  private var names: NameSupply
  private var nodes: [Node] = []
  private var added: [Initializer] = []
  private var constants: [AffineMap: (scale: String, zeroPoint: String)] = [:]
  /// Values by the name of what stands for them on levels.
  private var rounded: [String: String] = [:]

  init(_ model: Model, layout: QuantizationLayout, maps: [String: AffineMap], weights: [Int: WeightQuantization]) {
    (self.model, self.layout, self.maps, self.weights) = (model, layout, maps, weights)
    names = NameSupply(model.graph)
  }

  /// The network on levels.
  /// - Returns: the model, and by value name the name of the rounded value.
  mutating func write() -> (model: Model, rounded: [String: String]) {
    let results = Set(model.graph.outputs.map(\.name))
    for input in model.graph.inputs where layout.inputs.contains(input.name) { round(input.name, from: input.name) }
    for (place, node) in model.graph.nodes.enumerated() {
      var node = node
      let computes = layout.computing.contains(place)
      for (i, name) in node.inputs.enumerated() {
        guard let stand = rounded[name], computes || !layout.inputs.contains(name) else { continue }
        node.inputs[i] = stand
      }
      if let quantized = weights[place] { dequantizeWeights(of: &node, quantized) }
      for (i, name) in node.outputs.enumerated() where maps[name] != nil && results.contains(name) {
        node.outputs[i] = names.fresh(name + "/real")
      }
      nodes.append(node)
      for (name, source) in zip(model.graph.nodes[place].outputs, node.outputs) where maps[name] != nil { round(name, from: source) }
    }
    var written = model
    written.graph.nodes = nodes
    written.graph.initializers += added
    written.graph.removeConstants(unreadAmong: weights.values.flatMap { $0.layer.node.inputs.dropFirst() })
    return (written, rounded)
  }

  private mutating func round(_ name: String, from source: String) {
    guard let map = maps[name] else { return }
    let (scale, zeroPoint) = constant(map, name)
    let levels = names.fresh(name + "/levels")
    // A value that the graph gives back keeps its name behind the rounding.
    let stand = source == name ? names.fresh(name + "/rounded") : name
    nodes.append(
      Node("QuantizeLinear", name: names.fresh(name + "/quantize"), inputs: [source, scale, zeroPoint], outputs: [levels]))
    nodes.append(
      Node("DequantizeLinear", name: names.fresh(name + "/dequantize"), inputs: [levels, scale, zeroPoint], outputs: [stand]))
    if stand != name { rounded[name] = stand }
  }

  private mutating func constant(_ map: AffineMap, _ name: String) -> (scale: String, zeroPoint: String) {
    if let known = constants[map] { return known }
    let made = (names.fresh(name + "/scale"), names.fresh(name + "/zero_point"))
    added.append(Initializer(made.0, Tensor(scalar: map.scale)))
    added.append(Initializer(made.1, map.format.tensor([map.zeroPoint], shape: [])))
    constants[map] = made
    return made
  }

  private mutating func dequantizeWeights(of node: inout Node, _ quantized: WeightQuantization) {
    let layer = quantized.layer
    guard let input = maps[layer.input] else { return }
    node.inputs[1] = dequantize(
      layer.node.inputs[1], quantized.format.tensor(quantized.levels, shape: layer.shape), quantized.scales, quantized.format, layer.axis)
    guard let bias = quantized.bias(inputScale: input.scale) else { return }
    let stated = layer.node.inputs.count > 2 && !layer.node.inputs[2].isEmpty
    let stand = dequantize(
      stated ? layer.node.inputs[2] : layer.name + "/bias", IntegerFormat.int32.tensor(bias.levels, shape: [bias.levels.count]),
      bias.scales, .int32, 0)
    node.inputs = Array(node.inputs.prefix(2)) + [stand]
  }

  /// A constant of integers and the node that makes it real.
  private mutating func dequantize(_ name: String, _ levels: Tensor, _ scales: [Float], _ format: IntegerFormat, _ axis: Int) -> String {
    let (stored, scale, zero) = (names.fresh(name + "/levels"), names.fresh(name + "/scale"), names.fresh(name + "/zero_point"))
    let stand = names.fresh(name + "/rounded")
    added.append(Initializer(stored, levels))
    added.append(Initializer(scale, Tensor(scales, shape: [scales.count])))
    added.append(Initializer(zero, format.tensor(Array(repeating: 0, count: scales.count), shape: [scales.count])))
    nodes.append(
      Node(
        "DequantizeLinear", name: names.fresh(name + "/dequantize"), inputs: [stored, scale, zero], outputs: [stand],
        attributes: [Attribute("axis", .int(Int64(axis)))]))
    return stand
  }
}
