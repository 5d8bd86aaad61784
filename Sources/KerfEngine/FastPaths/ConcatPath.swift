import CKerfKernels
import KerfGraph

/// `Concat` of images along their channels: only those parts are copied that their producers did not write in place.
enum ConcatPath: FastPath {
  static let opTypes = ["Concat"]

  static func plan(_ job: PlanNode, _ planner: Planner) throws(EngineError) -> Applicability {
    guard let concat = job.definition as? Concat, let y = job.outputShape, let image = ImageShape(y), y.reduce(1, *) > 0,
      concat.axis == 1 || concat.axis == 1 - y.count
    else { return .inapplicable("not float32 images along their channels") }
    for i in job.inputs.indices where job.floatShape(i).flatMap({ ImageShape($0) }) == nil {
      return .inapplicable("an input is not float32")
    }
    let target = planner.concatenation(job.node.outputs[0], y)
    var copies: [ChannelCopy] = []
    var reads: [Place] = []
    var channel = 0
    for (i, name) in job.node.inputs.enumerated() {
      guard let count = job.floatShape(i)?[1] else { continue }
      defer { channel += count }
      let source = try planner.image(of: name)
      if count == 0 || source.arenaBuffer == target.arenaBuffer && source.view == target.channels(from: channel, shape: y).view { continue }
      copies.append(ChannelCopy(input: reads.count, to: channel, count: count))
      reads.append(source)
    }
    if !copies.isEmpty {
      planner.emit(
        Step(
          job.node.label, "Concat", "channels", reads: reads, writes: [target],
          work: ChannelCopyWork(pixels: image.batch * image.pixels, copies: copies, inputs: reads, output: target)))
    }
    planner.define(job.node.outputs[0], target)
    return .applicable
  }
}

/// `Split` of an image along its channels: the parts are views of it, and nothing runs.
enum SplitPath: FastPath {
  static let opTypes = ["Split"]

  static func plan(_ job: PlanNode, _ planner: Planner) throws(EngineError) -> Applicability {
    guard let split = job.definition as? Split, let x = job.floatShape(0), ImageShape(x) != nil, x.reduce(1, *) > 0,
      split.axis == 1 || split.axis == 1 - x.count
    else { return .inapplicable("not float32 images along their channels") }
    let shapes = job.outputs.compactMap(\.fixedShape)
    guard shapes.count == job.outputs.count else { return .inapplicable("parts of unknown size") }
    let input = try planner.image(of: job.node.inputs[0])
    var from = 0
    for (name, shape) in zip(job.node.outputs, shapes) {
      if planner.isWanted(name) { planner.define(name, input.channels(from: from, shape: shape)) }
      from += shape[1]
    }
    return .applicable
  }
}

/// `count` channels of every pixel of an input to the output from channel `to` on.
struct ChannelCopy: Sendable {
  let input, to, count: Int
}

struct ChannelCopyWork: StepWork {
  let pixels: Int
  let copies: [ChannelCopy]
  let inputs: [Place]
  let output: Place
  private static let one = FixedBuffer<Float>([1])

  func run(_ frame: Frame) {
    let y = frame.write(output)
    let step = output.steps.pixel
    let block = max(1, (1 << 14) / max(1, output.shape[1]))
    let binary = frame.kernels.binary
    let sources = inputs.map { (origin: frame.read($0), step: $0.steps.pixel) }
    frame.parallel((pixels + block - 1) / block) { task, _ in
      let first = task * block
      for copy in copies {
        let (source, from) = sources[copy.input]
        // SAFETY: pixels first..<first + block (or to the end) of both values, at the steps of their places, channels inside theirs. A product with
        // one copies rows exactly.
        binary(
          KERF_MUL, min(block, pixels - first), copy.count, source + first * from, from, 1, Self.one.pointer, 0, 0,
          y + first * step + copy.to, step)
      }
    }
  }
}
