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
    let taps = w.shape[3] * w.shape[4]
    let pieces = SlicePass.all(axes[0], input: x[2], output: y[2]).flatMap { pass in
      var kernel = [Float](repeating: 0, count: w.shape[0] * w.shape[1] * (pass.tap == nil ? 1 : taps))
      if let t = pass.tap {
        for i in 0..<w.shape[0] * w.shape[1] {
          for u in 0..<taps { kernel[i * taps + u] = weights[(i * w.shape[2] + t) * taps + u] }
        }
      }
      let problem = ConvolutionProblem(batch: pass.slices.count, shape: pass.tap == nil ? shape.missed : shape, groups: conv.groups)
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
          epilogue: pass.part(of: epilogue),
          input: slices(input, pass.tap == nil ? 0 : pass.origin, step: pass.tap == nil ? 0 : axes[0].stride), output: target,
          residual: pass.isFirst ? residual.map { slices($0, pass.slices.lowerBound, step: 1) } : target)
      }
    }
    planner.emit(pieces, of: job, epilogue, reads: [input] + (residual.map { [$0] } ?? []), output: output)
    return .applicable
  }
}
