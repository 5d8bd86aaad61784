import KerfGraph

/// A layer whose products may be taken of integers: a convolution or matrix product by constant weights.
package struct LinearLayer: Sendable {
  /// Place in `graph.nodes`.
  package let index: Int
  /// The node's name, or its first output's where it has none.
  package let name: String
  package let node: Node
  package let shape: [Int]
  package var weights: [Float]
  /// `[N]`, or `nil` where the layer has none.
  package var bias: [Float]?
  /// Axis of the weights that has a scale of its own for each entry.
  package let axis: Int
  /// Output channels.
  package let outputs: Int

  package var input: String { node.inputs[0] }
  package var output: String { node.outputs[0] }
  /// Entries of `axis`: output channels, or output channels of a group for a transposed convolution.
  package var channels: Int { shape[axis] }
  /// Weights between two entries of `axis`.
  private var inner: Int { shape[(axis + 1)...].reduce(1, *) }

  /// The entry of `axis` that a weight belongs to.
  func channel(ofWeight i: Int) -> Int { i / inner % channels }
  /// The entry of `axis` whose scale serves an output channel.
  func channel(ofOutput n: Int) -> Int { n % channels }

  /// Largest magnitude of each channel's weights.
  var channelMagnitudes: [Float] {
    var largest = [Float](repeating: 0, count: channels)
    let (inner, channels) = (inner, channels)
    for (i, w) in weights.enumerated() {
      let c = i / inner % channels
      largest[c] = max(largest[c], abs(w))
    }
    return largest
  }
}

/// The layers of a graph that can be quantized, and those that cannot with the reason.
package struct LinearLayerScan: Sendable {
  package internal(set) var layers: [LinearLayer] = []
  package private(set) var skipped: [SkippedLayer] = []

  package init(_ model: Model) {
    let index = GraphIndex(model.graph)
    for (place, node) in model.graph.nodes.enumerated() where Self.opTypes.contains(node.opType) && node.domain.isEmpty {
      let name = node.name.isEmpty ? node.outputs.first ?? "node \(place)" : node.name
      switch Self.layer(place, name, node, index) {
      case .success(let layer): layers.append(layer)
      case .failure(let reason): skipped.append(SkippedLayer(name: name, opType: node.opType, reason: reason.text))
      }
    }
  }

  static let opTypes: Set<String> = ["Conv", "ConvTranspose", "Gemm", "MatMul"]

  private struct Reason: Error { let text: String }

  private static func layer(_ place: Int, _ name: String, _ node: Node, _ index: GraphIndex) -> Result<LinearLayer, Reason> {
    guard node.inputs.count >= 2, let tensor = index.constant(named: node.inputs[1]) else {
      return .failure(Reason(text: "its weights are computed by the graph, not constant"))
    }
    if index.constant(named: node.inputs[0]) != nil { return .failure(Reason(text: "its input is a constant")) }
    guard tensor.type == .float, let weights = tensor.floats(), !weights.isEmpty else {
      return .failure(Reason(text: "weights of \(tensor.type) are not quantized: only float32"))
    }
    var bias: [Float]?
    if node.inputs.count > 2, !node.inputs[2].isEmpty {
      guard let values = index.constant(named: node.inputs[2])?.floats() else {
        return .failure(Reason(text: "its bias is computed by the graph, not constant"))
      }
      bias = values
    }
    var (axis, outputs) = (0, tensor.shape[0])
    switch node.opType {
    case "ConvTranspose":
      var groups = 1
      if case .int(let value)? = node[attribute: "group"] { groups = Int(value) }
      guard tensor.rank >= 3 else { return .failure(Reason(text: "a kernel of shape \(tensor.shape)")) }
      (axis, outputs) = (1, tensor.shape[1] * groups)
    case "Gemm", "MatMul":
      guard tensor.rank == 2 else { return .failure(Reason(text: "a matrix product by a constant of shape \(tensor.shape)")) }
      for (attribute, neutral) in [("transA", 0), ("alpha", 1), ("beta", 1)] {
        switch node[attribute: attribute] {
        case .int(let value)? where value != neutral: return .failure(Reason(text: "\(attribute) is \(value)"))
        case .float(let value)? where value != Float(neutral): return .failure(Reason(text: "\(attribute) is \(value)"))
        default: break
        }
      }
      var transposed = false
      if case .int(let value)? = node[attribute: "transB"] { transposed = value != 0 }
      axis = transposed ? 0 : 1
      outputs = tensor.shape[axis]
      if let values = bias, values.count != outputs {
        guard values.count == 1 else { return .failure(Reason(text: "a bias of \(values.count) values for \(outputs) outputs")) }
        bias = Array(repeating: values[0], count: outputs)
      }
    default:
      guard tensor.rank >= 3 else { return .failure(Reason(text: "a kernel of shape \(tensor.shape)")) }
    }
    return .success(
      LinearLayer(
        index: place, name: name, node: node, shape: tensor.shape, weights: weights, bias: bias, axis: axis, outputs: outputs))
  }
}
