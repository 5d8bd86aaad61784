import CKerfKernels
import KerfGraph

/// `MaxPool` and `AveragePool` over one or two axes.
enum PoolPath: FastPath {
  static let opTypes = ["MaxPool", "AveragePool"]

  static func plan(_ job: PlanNode, _ planner: Planner) throws(EngineError) -> Applicability {
    guard let x = job.floatShape(0), let image = ImageShape(x), let y = job.outputShape, let out = ImageShape(y), x.reduce(1, *) > 0,
      y.reduce(1, *) > 0
    else { return .inapplicable("not float32 images of fixed extents") }
    if job.node.outputs.dropFirst().contains(where: { planner.isWanted($0) }) { return .inapplicable("indices are wanted") }
    let average = job.definition as? AveragePool
    guard let pool = average?.pool ?? (job.definition as? MaxPool)?.pool, average?.p == nil else {
      return .inapplicable("a norm is asked for")
    }
    guard let axes = try? pool.axes(input: Array(x[2...])), let columns = axes.last, axes.allSatisfy({ $0.before >= 0 && $0.after >= 0 })
    else {
      return .inapplicable("padding is negative")
    }
    let countsPadding = average?.countIncludePad ?? false
    if countsPadding, pool.ceilMode, axes.contains(where: { $0.before + $0.after > 0 }) {
      return .inapplicable("padding counts and the last window is cut")
    }
    let rows = axes.count == 2 ? axes[0] : Window.Axis.single
    var walk = WindowWalk(
      batch: image.batch, channels: image.channels, height: image.height, width: image.width, outputHeight: out.height,
      outputWidth: out.width,
      rows: rows, columns: columns)
    walk.averages = average != nil
    walk.countsPadding = countsPadding
    let input = try planner.place(of: job.node.inputs[0], as: .channelsLast)
    let output = planner.newBuffer(y, .channelsLast)
    planner.emit(
      Step(
        job.node.label, job.node.opType, "window", reads: [input], writes: [output],
        work: PoolWork(walk: walk, op: average == nil ? KERF_WINDOW_MAX : KERF_WINDOW_SUM, input: input, output: output)))
    planner.define(job.node.outputs[0], output)
    return .applicable
  }
}

struct PoolWork: StepWork {
  let walk: WindowWalk
  let op: kerf_window_op
  let input, output: Place

  func run(_ frame: Frame) { walk.run(frame, op, kerf_window_f32(), input: input, output: output, residual: nil) }
}
