import CKerfKernels
import KerfGraph

/// Functions of one value, elementwise, in whatever layout it has.
enum UnaryPath: FastPath {
  static let opTypes = [
    "Relu", "LeakyRelu", "Clip", "Sigmoid", "Tanh", "HardSigmoid", "HardSwish", "Elu", "Exp", "Sqrt", "Abs", "Neg",
  ]

  static func plan(_ job: PlanNode, _ planner: Planner) throws(EngineError) -> Applicability {
    guard let x = job.floatShape(0), x.reduce(1, *) > 0 else { return .inapplicable("not float32 of fixed extents") }
    guard let (op, p, q) = function(job) else { return .inapplicable("parameters are not constant") }
    let layout = planner.readyLayout(job.node.inputs[0]) ?? .rowMajor
    let isImage = layout == .channelsLast
    let input = isImage ? try planner.image(of: job.node.inputs[0]) : try planner.place(of: job.node.inputs[0], as: layout)
    let output = isImage ? planner.image(for: job.node.outputs[0], x) : planner.newBuffer(x, layout)
    planner.emit(
      Step(
        job.node.label, job.node.opType, "elementwise", reads: [input], writes: [output],
        work: UnaryWork(op: op, p: p, q: q, input: input, output: output)))
    planner.define(job.node.outputs[0], output)
    return .applicable
  }

  /// The bounds of a node that only clamps.
  static func clamp(_ job: PlanNode) -> (Float, Float)? {
    guard let (op, low, high) = function(job), op == KERF_CLAMP else { return nil }
    return (low, high)
  }

  private static func function(_ job: PlanNode) -> (kerf_unary_op, Float, Float)? {
    if let activation = job.definition as? Activation {
      switch activation.function {
      case .relu: return (KERF_CLAMP, 0, .infinity)
      case .leakyRelu(let alpha): return (KERF_LEAKY, alpha, 0)
      case .sigmoid: return (KERF_SIGMOID, 0, 0)
      case .tanh: return (KERF_TANH, 0, 0)
      case .hardSigmoid(let alpha, let beta): return (KERF_HARD_SIGMOID, alpha, beta)
      case .hardSwish: return (KERF_HARD_SWISH, 0, 0)
      case .elu(let alpha): return (KERF_ELU, alpha, 0)
      default: return nil
      }
    }
    if let clip = job.definition as? Clip {
      var (low, high) = (clip.min ?? -.infinity, clip.max ?? .infinity)
      if job.inputs.count > 1, job.inputs[1] != nil {
        guard let value = job.floats(1)?.first else { return nil }
        low = value
      }
      if job.inputs.count > 2, job.inputs[2] != nil {
        guard let value = job.floats(2)?.first else { return nil }
        high = value
      }
      return low <= high ? (KERF_CLAMP, low, high) : nil
    }
    switch job.node.opType {
    case "Exp": return (KERF_EXP, 0, 0)
    case "Sqrt": return (KERF_SQRT, 0, 0)
    case "Abs": return (KERF_ABS, 0, 0)
    case "Neg": return (KERF_NEG, 0, 0)
    default: return nil
    }
  }
}

struct UnaryWork: StepWork {
  let op: kerf_unary_op
  let p, q: Float
  let input, output: Place
  private static let block = 1 << 14

  func run(_ frame: Frame) {
    let x = frame.read(input)
    let y = frame.write(output)
    let count = output.count
    let unary = frame.kernels.unary
    if input.isDense, output.isDense {
      return frame.parallel((count + Self.block - 1) / Self.block) { task, _ in
        let first = task * Self.block
        // SAFETY: both buffers hold `count` floats.
        unary(op, min(Self.block, count - first), x + first, y + first, p, q)
      }
    }
    let (channels, from, to) = (output.shape[1], input.steps.pixel, output.steps.pixel)
    let (pixels, block) = (count / channels, max(1, Self.block / channels))
    frame.parallel((pixels + block - 1) / block) { task, _ in
      // SAFETY: both values hold `pixels` pixels of `channels` floats at their steps.
      for i in task * block..<min(pixels, (task + 1) * block) { unary(op, channels, x + i * from, y + i * to, p, q) }
    }
  }
}
