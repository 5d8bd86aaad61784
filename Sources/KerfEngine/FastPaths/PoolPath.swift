import CKerfKernels
import KerfGraph

/// `MaxPool` and `AveragePool` over one or two axes.
enum PoolPath: FastPath {
  static let opTypes = ["MaxPool", "AveragePool"]

  static func plan(_ job: PlanNode, _ planner: Planner) throws(EngineError) -> Applicability {
    guard let layer = layer(job, planner), case .pool(let stage) = layer.kind, let x = job.floatShape(0), let image = ImageShape(x) else {
      return .inapplicable("not float32 images of fixed extents, or a window that the stage does not know")
    }
    let input = try planner.image(of: job.node.inputs[0])
    let output = planner.image(for: layer.output, layer.outputShape)
    let work = Pipeline([stage], residuals: [nil], input: input, output: output, batch: image.batch, threads: planner.options.threads)
    planner.emit(Step(job.node.label, job.node.opType, "window", reads: [input], writes: [output], work: work))
    planner.define(layer.output, output)
    return .applicable
  }

  /// The pooling as a stage; `nil` for indices or norms that are asked for, and padding that the stage does not know.
  static func layer(_ job: PlanNode, _ planner: Planner) -> ChainLayer? {
    guard let x = job.floatShape(0), let image = ImageShape(x), let y = job.outputShape, let out = ImageShape(y), x.reduce(1, *) > 0,
      y.reduce(1, *) > 0, !job.node.outputs.dropFirst().contains(where: { planner.isWanted($0) })
    else { return nil }
    let average = job.definition as? AveragePool
    guard let pool = average?.pool ?? (job.definition as? MaxPool)?.pool, average?.p == nil,
      let axes = try? pool.axes(input: Array(x[2...])), let columns = axes.last, axes.allSatisfy({ $0.before >= 0 && $0.after >= 0 })
    else { return nil }
    let countsPadding = average?.countIncludePad ?? false
    // A last window that is cut would divide by positions behind the padding.
    if countsPadding, pool.ceilMode, axes.contains(where: { $0.before + $0.after > 0 }) { return nil }
    let shape = StageShape(
      channels: image.channels, height: image.height, width: image.width, outputs: out.channels, outputHeight: out.height,
      outputWidth: out.width, rows: axes.count == 2 ? axes[0] : .single, columns: columns)
    return ChainLayer(
      label: job.node.label, operators: job.node.opType, macs: 0,
      kind: .pool(WindowStage(shape, average == nil ? .max : .average(countsPadding: countsPadding))), residual: nil,
      output: job.node.outputs[0], outputShape: y)
  }
}
