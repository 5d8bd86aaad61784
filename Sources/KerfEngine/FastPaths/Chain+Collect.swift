import KerfGraph

extension Chain {
  /// The chain that begins with the convolution `job`; marks the nodes behind it that it takes, and emits nothing but changes of layout.
  /// - Returns: `nil` and the reason where the engine has no stage for the convolution.
  static func collect(_ job: PlanNode, _ planner: Planner) throws(EngineError) -> (chain: Chain?, reason: String) {
    guard let shape = job.floatShape(0), let image = ImageShape(shape) else { return (nil, "not float32 over one or two axes") }
    if let reason = ConvolutionPath.obstacle(job) { return (nil, reason) }
    let input = try planner.image(of: job.node.inputs[0])
    guard let first = try ConvolutionPath.layer(job, planner) else { return (nil, "padding is negative") }
    var chain = Chain(input: input, batch: image.batch, layers: [first])
    while let last = chain.layers.last, let index = planner.soleReader(of: last.output) {
      let next = planner.job(index)
      guard next.node.inputs.first == last.output else { break }
      var layer: ChainLayer?
      if next.node.opType == "Conv", ConvolutionPath.obstacle(next) == nil { layer = try ConvolutionPath.layer(next, planner) }
      if ["MaxPool", "AveragePool"].contains(next.node.opType) { layer = PoolPath.layer(next, planner) }
      guard let layer else { break }
      planner.markFused(index)
      chain.layers.append(layer)
    }
    return (chain, "")
  }
}
