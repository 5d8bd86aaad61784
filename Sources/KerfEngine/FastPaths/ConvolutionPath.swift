import KerfGraph

/// `Conv` over one or two axes, fused with what follows it: bias, addition of another value, activation.
enum ConvolutionPath: FastPath {
  static let opTypes = ["Conv"]

  static func plan(_ job: PlanNode, _ planner: Planner) throws(EngineError) -> Applicability {
    guard let conv = job.definition as? Conv, let x = job.floatShape(0), let image = ImageShape(x), let y = job.outputShape,
      let out = ImageShape(y), y.count == x.count
    else { return .inapplicable("not float32 over one or two axes of fixed extents") }
    guard let w = job.inputs[1]?.value, let weights = job.floats(1), w.rank == x.count else {
      return .inapplicable("weights are not constant")
    }
    guard x.reduce(1, *) > 0, y.reduce(1, *) > 0 else { return .inapplicable("nothing to compute") }
    var bias = [Float](repeating: 0, count: out.channels)
    if job.inputs.count > 2, job.inputs[2] != nil {
      guard let given = job.floats(2), given.count == out.channels else { return .inapplicable("bias is not constant") }
      bias = given
    }
    guard let problem = problem(conv, image, out, kernel: Array(w.shape[2...]), x, job.node.label) else {
      return .inapplicable("padding is negative")
    }
    guard let execution = ConvolutionRegistry.choose(problem, planner.options) else { return .inapplicable("no execution applies") }

    let epilogue = FusedEpilogue.collect(
      bias: bias, output: job.node.outputs[0], shape: y, channels: out.channels, channelAxis: 1, planner)
    let input = try planner.place(of: job.node.inputs[0], as: .channelsLast)
    var residual: Place?
    if let name = epilogue.residual { residual = try planner.place(of: name, as: .channelsLast) }
    let output = planner.newBuffer(y, .channelsLast)
    let layer = ConvolutionLayer(
      problem: problem, weights: weights, key: epilogue.key(job.node), epilogue: epilogue, input: input, output: output,
      residual: residual, isa: planner.isa, cache: planner.weights)
    planner.emit(
      Step(
        job.node.label, (["Conv"] + epilogue.operators).joined(separator: "+"), execution.name, macs: job.macs(),
        reads: [input] + (residual.map { [$0] } ?? []), writes: [output], work: execution.init(layer)))
    planner.define(epilogue.output, output)
    return .applicable
  }

  private static func problem(
    _ conv: Conv, _ x: ImageShape, _ y: ImageShape, kernel: [Int], _ shape: [Int], _ label: String
  ) -> ConvolutionProblem? {
    guard let axes = try? conv.window.axes(input: Array(shape[2...]), kernel: kernel, node: label), let columns = axes.last,
      axes.allSatisfy({ $0.before >= 0 && $0.after >= 0 })
    else { return nil }
    let rows = axes.count == 2 ? axes[0] : Window.Axis.single
    return ConvolutionProblem(
      batch: x.batch, channels: x.channels, height: x.height, width: x.width, outputs: y.channels, outputHeight: y.height,
      outputWidth: y.width, rows: rows, columns: columns, groups: conv.groups)
  }
}
