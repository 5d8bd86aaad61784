import KerfGraph

extension Chain {
  /// The chain that begins with the convolution `job`; marks the nodes behind it that it takes, and emits nothing but changes of layout.
  /// - Returns: `nil` and the reason where the engine has no stage for the convolution.
  static func collect(_ job: PlanNode, _ planner: Planner) throws(EngineError) -> (chain: Chain?, reason: String) {
    guard let shape = job.floatShape(0), let image = ImageShape(shape) else { return (nil, "not float32 over one or two axes") }
    if let reason = ConvolutionPath.obstacle(job) { return (nil, reason) }
    let input = try planner.input(job.node.inputs[0], onLevels: planner.levelsOperands(job) != nil)
    guard let first = try ConvolutionPath.layer(job, planner) else { return (nil, "padding is negative") }
    var chain = Chain(input: input, batch: image.batch, layers: [first])
    while let last = chain.layers.last, let layer = try next(after: last, planner) { chain.layers.append(layer) }
    return (chain, "")
  }

  /// Floats that are only quantized, or levels that only a convolution of floats reads.
  private static func conversion(after last: ChainLayer, _ planner: Planner) -> ChainLayer? {
    guard let index = planner.soleReader(of: last.output), let levels = planner.quantization(index, quantizes: !last.toLevels),
      case let job = planner.job(index), let image = ImageShape(last.outputShape)
    else { return nil }
    if last.toLevels {
      guard let next = planner.soleReader(of: job.node.outputs[0]), case let reader = planner.job(next), reader.node.opType == "Conv",
        reader.node.inputs.first == job.node.outputs[0], planner.constantLevels[reader.node.inputs[1]] == nil,
        ConvolutionPath.obstacle(reader) == nil
      else { return nil }
    }
    planner.markFused(index)
    let stage = ConvertStage(levels, quantizes: !last.toLevels, channels: image.channels, height: image.height, width: image.width)
    return ChainLayer(
      label: job.node.label, operators: job.node.opType, macs: 0, kind: .convert(stage), residual: nil, output: job.node.outputs[0],
      outputShape: last.outputShape)
  }

  /// The layer that alone reads what a layer makes; marks the nodes that it takes.
  private static func next(after last: ChainLayer, _ planner: Planner) throws(EngineError) -> ChainLayer? {
    if let conversion = conversion(after: last, planner) { return conversion }
    var name = last.output
    var back: Int?
    if last.toLevels {
      guard let index = planner.soleReader(of: name), let levels = planner.quantization(index, quantizes: false) else { return nil }
      back = index
      let node = planner.nodes[index].node
      planner.dequantized[node.outputs[0]] = (name, levels)
      name = node.outputs[0]
    }
    guard let index = planner.soleReader(of: name), case let job = planner.job(index), job.node.inputs.first == name else { return nil }
    var layer: ChainLayer?
    if job.node.opType == "Conv", ConvolutionPath.obstacle(job) == nil, !last.toLevels || planner.levelsOperands(job) != nil {
      layer = try ConvolutionPath.layer(job, planner)
    }
    if ["MaxPool", "AveragePool"].contains(job.node.opType) { layer = PoolPath.layer(job, planner) }
    guard let layer, layer.onLevels == last.toLevels else { return nil }
    if let back { planner.markFused(back) }
    planner.markFused(index)
    return layer
  }
}
