import KerfGraph

/// `Conv` over one or two axes, fused with what follows it: bias, addition of another value, activation, and further convolutions and poolings
/// of its chain.
enum ConvolutionPath: FastPath {
  static let opTypes = ["Conv"]

  static func plan(_ job: PlanNode, _ planner: Planner) throws(EngineError) -> Applicability {
    let (chain, reason) = try Chain.collect(job, planner)
    guard let chain else { return .inapplicable(reason) }
    let groups = ChainPlanner(chain, planner.options, planner.prices(batch: chain.batch)).groups()
    planner.record(chain, groups.flatMap(\.stages))
    var input = chain.input
    for group in groups {
      let layers = chain.layers[group.layers]
      guard let last = layers.last else { continue }
      let output = planner.image(for: last.output, last.outputShape, last.toLevels ? .levels : .channelsLast)
      let stages = group.stages.map { $0.stage(chain.layers) }
      let residuals = group.stages.map { chain.layers[$0.layers.upperBound - 1].residual }
      let work = Pipeline(
        stages, residuals: residuals, input: input, output: output, batch: chain.batch, threads: planner.options.threads)
      let parts = zip(group.stages, stages).map { choice, stage in
        let own = chain.layers[choice.layers]
        return Step.Part(
          label: own.first?.label ?? "", operators: own.map(\.operators).joined(separator: "+"), execution: choice.name,
          macs: own.reduce(0) { $0 + $1.macs }, products: chain.batch * stage.products,
          bytes: chain.batch * stage.shape.height * stage.shape.width * stage.shape.channels * stage.elements.input
            + (own.last?.outputShape.reduce(1, *) ?? 0) * stage.elements.output + 4 * stage.weightFloats,
          key: planner.measurementKey(choice, chain))
      }
      planner.emit(Step(parts, reads: [input] + residuals.compactMap { $0 }, writes: [output], work: work))
      planner.define(last.output, output)
      input = output
    }
    return .applicable
  }

  /// Why the engine's stages cannot take a convolution; `nil` where they can.
  static func obstacle(_ job: PlanNode) -> String? {
    guard job.definition is Conv, let x = job.floatShape(0), let y = job.outputShape, let out = ImageShape(y), ImageShape(x) != nil,
      y.count == x.count, x.count <= 4
    else { return "not float32 over one or two axes of fixed extents" }
    guard let w = job.inputs[1]?.value, w.type == .float, w.rank == x.count else { return "weights are not constant" }
    guard x.reduce(1, *) > 0, y.reduce(1, *) > 0 else { return "nothing to compute" }
    if job.inputs.count > 2, job.inputs[2] != nil {
      guard let given = job.floats(2), given.count == out.channels else { return "bias is not constant" }
    }
    return problem(job) == nil ? "padding is negative" : nil
  }

  /// The convolution with everything behind it that can be fused into it, which is marked as done.
  static func layer(_ job: PlanNode, _ planner: Planner) throws(EngineError) -> ChainLayer? {
    guard var problem = problem(job), let kernel = job.inputs[1]?.value, let y = job.outputShape else { return nil }
    let levels = planner.levelsOperands(job)
    let bias = (job.inputs.count > 2 ? job.floats(2) : nil) ?? [Float](repeating: 0, count: problem.outputs)
    let epilogue = FusedEpilogue.collect(
      bias: bias, output: job.node.outputs[0], shape: y, channels: problem.outputs, channelAxis: 1, onLevels: levels != nil, planner)
    let residual = try planner.residual(epilogue)
    (problem.onLevels, problem.toLevels) = (levels != nil, epilogue.levels != nil)
    let layer = ConvolutionLayer(
      problem: problem, kernel: kernel, key: epilogue.key(job.node), epilogue: epilogue, levels: levels, isa: planner.isa,
      cache: planner.weights)
    return ChainLayer(
      label: job.node.label, operators: (["Conv"] + epilogue.operators).joined(separator: "+"), macs: job.macs(),
      kind: .convolution(layer), residual: residual, output: epilogue.output, outputShape: y)
  }

  private static func problem(_ job: PlanNode) -> ConvolutionProblem? {
    guard let conv = job.definition as? Conv, let input = job.floatShape(0), let x = ImageShape(input), let y = job.outputShape,
      let out = ImageShape(y), let w = job.inputs[1]?.value,
      let axes = try? conv.window.axes(input: Array(input[2...]), kernel: Array(w.shape[2...]), node: job.node.label),
      let columns = axes.last, axes.allSatisfy({ $0.before >= 0 && $0.after >= 0 })
    else { return nil }
    let shape = StageShape(
      channels: x.channels, height: x.height, width: x.width, outputs: out.channels, outputHeight: out.height, outputWidth: out.width,
      rows: axes.count == 2 ? axes[0] : .single, columns: columns)
    return ConvolutionProblem(batch: x.batch, shape: shape, groups: conv.groups)
  }
}
