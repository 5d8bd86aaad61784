/// Folds `BatchNormalization` with constant statistics into the `Conv`, `ConvTranspose` or `Gemm` before it.
///
/// With `s = scale / √(variance + ε)` per output channel: `W' = s·W`, `b' = s·(b − mean) + B`. Done in double precision, kept in the
/// weights' type. Applies where nothing else reads the convolution's output and the weights are constants.
public struct FoldBatchNormalization: Pass {
  public static let name = "fold-batch-normalization"
  public static let summary = "Folds BatchNormalization into the convolution or Gemm before it."

  public init() {}

  public func run(on model: inout Model, with context: PassContext) throws(GraphError) {
    model.graph.foldBatchNormalization(opset: model.opset)
  }
}

extension Graph {
  /// See `FoldBatchNormalization`.
  /// - Returns: how many were folded.
  @discardableResult
  public mutating func foldBatchNormalization(opset: Int) -> Int {
    let index = GraphIndex(self)
    var names = NameSupply(self)
    var removed: Set<Int> = []
    var unused: [String] = []
    for (i, node) in nodes.enumerated() {
      guard let affine = ChannelAffine(batchNormalization: node, opset: opset, index: index), let x = node.inputs.first,
        let p = index.producer(of: x), !removed.contains(p), index.onlyConsumer(of: x) == i, let y = node.outputs.first,
        let (weights, bias, attributes) = affine.folded(into: nodes[p], index: index)
      else { continue }
      let layer = nodes[p]
      let weightName = names.fresh("\(layer.inputs[1])_folded")
      let biasName = names.fresh(layer.inputs.count > 2 && !layer.inputs[2].isEmpty ? "\(layer.inputs[2])_folded" : "\(y)_bias")
      initializers.append(Initializer(weightName, weights))
      initializers.append(Initializer(biasName, bias))
      unused += layer.inputs.dropFirst() + node.inputs.dropFirst()
      nodes[p].inputs = [layer.inputs[0], weightName, biasName]
      nodes[p].outputs = [y]
      nodes[p].attributes = attributes
      valueInfo.removeAll { $0.name == x }
      removed.insert(i)
    }
    nodes = nodes.indices.filter { !removed.contains($0) }.map { nodes[$0] }
    removeInitializers(unreadAmong: unused)
    return removed.count
  }
}

/// `y = scale·x + shift`, one scale and shift a channel.
struct ChannelAffine {
  let scale: [Double]
  let shift: [Double]

  /// What a batch normalization does, or `nil` where the node is none, is in training mode, or its statistics are not constant.
  init?(batchNormalization node: Node, opset: Int, index: GraphIndex) {
    guard node.opType == "BatchNormalization", node.domain.isEmpty, node.inputs.count == 5 else { return nil }
    // Outputs after the first are training's. `spatial = 0` (opset < 9) has statistics per position.
    if node.outputs.dropFirst().contains(where: { !$0.isEmpty }) { return nil }
    if case .int(let training)? = node[attribute: "training_mode"], training != 0 { return nil }
    if case .int(let spatial)? = node[attribute: "spatial"], spatial == 0 { return nil }
    var epsilon = 1e-5
    if case .float(let value)? = node[attribute: "epsilon"] { epsilon = Double(value) }
    let values = node.inputs[1...].compactMap { index.constant(named: $0)?.doubles() }
    guard values.count == 4, Set(values.map(\.count)).count == 1 else { return nil }
    let (gamma, beta, mean, variance) = (values[0], values[1], values[2], values[3])
    scale = gamma.indices.map { gamma[$0] / (variance[$0] + epsilon).squareRoot() }
    let scale = scale
    shift = gamma.indices.map { beta[$0] - scale[$0] * mean[$0] }
    if !(scale + shift).allSatisfy(\.isFinite) { return nil }
  }

  /// Weights, bias and attributes of a layer that does the affine map too, or `nil` where that does not apply.
  func folded(into layer: Node, index: GraphIndex) -> (Tensor, Tensor, [Attribute])? {
    guard layer.domain.isEmpty, layer.inputs.count >= 2, let weights = index.constant(named: layer.inputs[1]),
      let elements = weights.doubles(), let channel = channelOfWeight(layer, weights)
    else { return nil }
    let scaled = elements.indices.map { elements[$0] * scale[channel($0)] }

    var bias = [Double](repeating: 0, count: scale.count)
    var attributes = layer.attributes
    if layer.inputs.count > 2, !layer.inputs[2].isEmpty {
      guard let tensor = index.constant(named: layer.inputs[2]), let values = tensor.doubles() else { return nil }
      // Gemm's C may be a scalar or one row; anything with more rows differs from sample to sample.
      let fits = values.count == 1 || (values.count == scale.count && tensor.shape.last == scale.count)
      if !fits { return nil }
      var beta = 1.0
      if layer.opType == "Gemm", case .float(let value)? = layer[attribute: "beta"] { beta = Double(value) }
      bias = scale.indices.map { beta * values[values.count == 1 ? 0 : $0] }
    }
    if layer.opType == "Gemm" { attributes.removeAll { $0.name == "beta" } }
    let shifted = scale.indices.map { bias[$0] * scale[$0] + shift[$0] }
    guard let newWeights = Tensor(doubles: scaled, shape: weights.shape, type: weights.type),
      let newBias = Tensor(doubles: shifted, shape: [shifted.count], type: weights.type)
    else { return nil }
    return (newWeights, newBias, attributes)
  }

  /// The output channel that each weight, by its position, belongs to.
  private func channelOfWeight(_ layer: Node, _ weights: Tensor) -> ((Int) -> Int)? {
    let shape = weights.shape
    if weights.count == 0 { return nil }
    switch layer.opType {
    case "Conv":
      guard shape.count >= 3, shape[0] == scale.count else { return nil }
      let filter = weights.count / shape[0]
      return { $0 / filter }
    case "ConvTranspose":
      // [C, M/g, k…]: rows of group q give the output channels q·M/g + j.
      var groups = 1
      if case .int(let value)? = layer[attribute: "group"], value > 0 { groups = Int(value) }
      guard shape.count >= 3, shape[1] * groups == scale.count, shape[0] % groups == 0 else { return nil }
      let (perGroup, taps, rows) = (shape[1], weights.count / (shape[0] * shape[1]), shape[0] / groups)
      return { $0 / (perGroup * taps) / rows * perGroup + $0 / taps % perGroup }
    case "Gemm":
      var transposed = false
      if case .int(let value)? = layer[attribute: "transB"] { transposed = value != 0 }
      guard shape.count == 2, shape[transposed ? 0 : 1] == scale.count else { return nil }
      let columns = shape[1]
      return transposed ? { $0 / columns } : { $0 % columns }
    default: return nil
    }
  }
}
