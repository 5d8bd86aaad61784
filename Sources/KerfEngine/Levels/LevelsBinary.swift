import CKerfKernels
import KerfGraph

/// The sum or product of two quantized values of one shape that is quantized again, with a clamp in between.
struct LevelsBinary {
  private let job: PlanNode
  private let shape: [Int]
  private let fused: [Int]
  private let operators: [String]
  private let name: String
  private let work: LevelsBinaryWork

  /// `nil` where one of them is floats, shapes differ, or nobody quantizes the result.
  init?(_ job: PlanNode, _ planner: Planner) throws(EngineError) {
    guard ["Add", "Mul"].contains(job.node.opType), let shape = job.outputShape, job.floatShape(0) == shape, job.floatShape(1) == shape,
      let a = planner.levels(of: job.node.inputs[0]), let b = planner.levels(of: job.node.inputs[1])
    else { return nil }
    var (low, high): (Float, Float) = (-.infinity, .infinity)
    var fused: [Int] = []
    var operators = [job.node.opType]
    var output = job.node.outputs[0]
    if let index = planner.soleReader(of: output), let bounds = UnaryPath.clamp(planner.job(index)) {
      (low, high) = bounds
      fused.append(index)
      operators.append(planner.nodes[index].node.opType)
      output = planner.nodes[index].node.outputs[0]
    }
    guard let end = planner.quantizer(of: output) else { return nil }
    (self.job, self.shape, self.fused, name) = (job, shape, fused + [end.index], end.output)
    self.operators = operators + ["QuantizeLinear"]
    let levels = end.levels
    work = LevelsBinaryWork(
      multiplies: job.node.opType == "Mul", a: a.levels, b: b.levels, y: levels, low: levels.bound(low),
      high: levels.bound(high), left: try planner.levelsPlace(of: a.source), right: try planner.levelsPlace(of: b.source),
      output: planner.levelsTarget(for: end.output, shape))
  }

  func plan(_ planner: Planner) {
    for index in fused { planner.markFused(index) }
    planner.emit(
      Step(
        job.node.label, operators.joined(separator: "+"), "elementwise-u8", reads: [work.left, work.right], writes: [work.output],
        work: work))
    planner.define(name, work.output)
  }
}

struct LevelsBinaryWork: StepWork {
  let multiplies: Bool
  let a, b, y: Levels
  let low, high: Float
  let left, right, output: Place

  func run(_ frame: Frame) {
    let (p, q, r) = (frame.readLevels(left), frame.readLevels(right), frame.writeLevels(output))
    let runs = ElementRuns([left, right, output])
    let kernels = frame.isa.bytes.pointee
    let (sa, sb) = (a.scale / y.scale, b.scale / y.scale)
    // SAFETY: all three values hold the runs at their steps.
    runs.parallel(frame) { run, offset, count in
      let (x, z, t) = (p + run * runs.steps[0] + offset, q + run * runs.steps[1] + offset, r + run * runs.steps[2] + offset)
      if multiplies {
        kernels.multiply(1, count, x, 0, a.zero, z, 0, 1, b.zero, a.scale * b.scale / y.scale, y.zero, low, high, t, 0)
      } else {
        kernels.add(1, count, x, 0, sa, z, 0, 1, sb, y.zero - a.zero * sa - b.zero * sb, low, high, t, 0)
      }
    }
  }
}
