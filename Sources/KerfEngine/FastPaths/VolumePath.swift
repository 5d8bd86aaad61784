import KerfGraph

/// `Conv` over three axes as convolutions over two: for every kernel slice `t` all output slices at once,
/// `y[z] = act(bias + Σ_t x[z·stride + t·dilation − before] * w[t])`, each added to what the slices before it gave.
///
/// The first that meets an output slice brings the bias (and a value that is added), the last the activation.
enum VolumePath: FastPath {
  static let opTypes = ["Conv"]

  static func plan(_ job: PlanNode, _ planner: Planner) throws(EngineError) -> Applicability {
    guard let conv = job.definition as? Conv, let x = job.floatShape(0), let y = job.outputShape, x.count == 5, y.count == 5,
      x.reduce(1, *) > 0, y.reduce(1, *) > 0
    else { return .inapplicable("not float32 over three axes of fixed extents") }
    guard let w = job.inputs[1]?.value, let weights = job.floats(1), w.rank == 5,
      let axes = try? conv.window.axes(input: Array(x[2...]), kernel: Array(w.shape[2...]), node: job.node.label),
      axes.allSatisfy({ $0.before >= 0 && $0.after >= 0 })
    else { return .inapplicable("weights are not constant, or padding is negative") }
    var bias = [Float](repeating: 0, count: y[1])
    if job.inputs.count > 2, job.inputs[2] != nil {
      guard let given = job.floats(2), given.count == y[1] else { return .inapplicable("bias is not constant") }
      bias = given
    }
    let epilogue = FusedEpilogue.collect(bias: bias, output: job.node.outputs[0], shape: y, channels: y[1], channelAxis: 1, planner)
    let input = try planner.image(of: job.node.inputs[0])
    var residual: Place?
    if let name = epilogue.residual { residual = try planner.image(of: name) }
    let output = planner.image(for: epilogue.output, y)

    let shape = StageShape(
      channels: x[1], height: x[3], width: x[4], outputs: y[1], outputHeight: y[3], outputWidth: y[4], rows: axes[1], columns: axes[2])
    // No row of it meets the image: what comes out is the bias.
    let nothing = StageShape(
      channels: x[1], height: x[3], width: x[4], outputs: y[1], outputHeight: y[3], outputWidth: y[4],
      rows: Window.Axis(kernel: 1, stride: 1, dilation: 1, before: y[3], after: 0),
      columns: Window.Axis(kernel: 1, stride: 1, dilation: 1, before: y[4], after: 0))
    let taps = w.shape[3] * w.shape[4]
    let pieces = Self.passes(axes[0], input: x[2], output: y[2]).flatMap { pass in
      var kernel = [Float](repeating: 0, count: w.shape[0] * w.shape[1] * (pass.tap == nil ? 1 : taps))
      if let t = pass.tap {
        for i in 0..<w.shape[0] * w.shape[1] {
          for u in 0..<taps { kernel[i * taps + u] = weights[(i * w.shape[2] + t) * taps + u] }
        }
      }
      let problem = ConvolutionProblem(batch: pass.slices.count, shape: pass.tap == nil ? nothing : shape, groups: conv.groups)
      return (0..<x[0]).map { b in
        func slices(_ place: Place, _ first: Int, step: Int) -> Place {
          var view = place.steps
          let slice = view.row * place.shape[3]
          view.offset += b * view.image + first * slice
          view.image = step * slice
          return place.viewed(view, shape: [pass.slices.count, place.shape[1], place.shape[3], place.shape[4]])
        }
        let target = slices(output, pass.slices.lowerBound, step: 1)
        return ConvolutionPiece(
          problem: problem, weights: kernel, key: "\(epilogue.key(job.node)):\(pass.tap.map { "\($0)" } ?? "none")",
          epilogue: epilogue.pass(first: pass.isFirst, last: pass.isLast),
          input: slices(input, pass.tap == nil ? 0 : pass.origin, step: pass.tap == nil ? 0 : axes[0].stride), output: target,
          residual: pass.isFirst ? residual.map { slices($0, pass.slices.lowerBound, step: 1) } : target)
      }
    }
    planner.emit(pieces, of: job, epilogue, reads: [input] + (residual.map { [$0] } ?? []), output: output)
    return .applicable
  }

  /// Output slices that one kernel slice is added to; `nil`: those that no kernel slice meets.
  private struct Pass {
    let tap: Int?
    var slices: Range<Int>
    /// Input slice of the first of them.
    let origin: Int
    /// Whether nothing, and whether everything, has been added when it has run.
    let isFirst, isLast: Bool
  }

  private static func passes(_ axis: Window.Axis, input: Int, output: Int) -> [Pass] {
    var passes: [Pass] = []
    let met = (0..<output).map { z in
      (0..<axis.kernel).filter { 0..<input ~= z * axis.stride + $0 * axis.dilation - axis.before }
    }
    for tap in [nil] + (0..<axis.kernel).map(Optional.some) {
      var open: Pass?
      for (z, taps) in met.enumerated() where tap.map(taps.contains) ?? taps.isEmpty {
        let (first, last) = (tap == taps.first, tap == taps.last)
        if let held = open, held.slices.upperBound == z, held.isFirst == first, held.isLast == last {
          open?.slices = held.slices.lowerBound..<z + 1
        } else {
          if let held = open { passes.append(held) }
          open = Pass(
            tap: tap, slices: z..<z + 1, origin: z * axis.stride + (tap ?? 0) * axis.dilation - axis.before, isFirst: first, isLast: last)
        }
      }
      if let held = open { passes.append(held) }
    }
    return passes
  }
}

extension FusedEpilogue {
  /// What is fused behind one of several convolutions that add up.
  fileprivate func pass(first: Bool, last: Bool) -> FusedEpilogue {
    var part = self
    if !first { part.bias = bias.map { _ in 0 } }
    if !last { (part.slope, part.low, part.high) = (nil, -.infinity, .infinity) }
    return part
  }
}
