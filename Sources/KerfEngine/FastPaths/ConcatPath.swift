import CKerfKernels
import KerfGraph

/// `Concat` of images along their channels.
enum ConcatPath: FastPath {
  static let opTypes = ["Concat"]

  static func plan(_ job: PlanNode, _ planner: Planner) throws(EngineError) -> Applicability {
    guard let concat = job.definition as? Concat, let y = job.outputShape, let image = ImageShape(y), y.reduce(1, *) > 0,
      concat.axis == 1 || concat.axis == 1 - y.count
    else { return .inapplicable("not float32 images along their channels") }
    var parts: [ChannelCopy] = []
    var reads: [Place] = []
    var channel = 0
    for i in job.inputs.indices {
      guard let shape = job.floatShape(i), let part = ImageShape(shape) else { return .inapplicable("an input is not float32") }
      if part.channels > 0 { parts.append(ChannelCopy(input: i, from: 0, to: channel, count: part.channels, inputChannels: part.channels)) }
      channel += part.channels
    }
    for name in job.node.inputs { reads.append(try planner.place(of: name, as: .channelsLast)) }
    let target = planner.newBuffer(y, .channelsLast)
    planner.emit(
      Step(
        job.node.label, "Concat", "channels", reads: reads, writes: [target],
        work: ChannelCopyWork(
          pixels: image.batch * image.pixels, copies: parts, inputs: reads, output: target, outputChannels: image.channels)))
    planner.define(job.node.outputs[0], target)
    return .applicable
  }
}

/// `Split` of an image along its channels.
enum SplitPath: FastPath {
  static let opTypes = ["Split"]

  static func plan(_ job: PlanNode, _ planner: Planner) throws(EngineError) -> Applicability {
    guard let split = job.definition as? Split, let x = job.floatShape(0), let image = ImageShape(x), x.reduce(1, *) > 0,
      split.axis == 1 || split.axis == 1 - x.count
    else { return .inapplicable("not float32 images along their channels") }
    let shapes = job.outputs.compactMap(\.fixedShape)
    guard shapes.count == job.outputs.count else { return .inapplicable("parts of unknown size") }
    let input = try planner.place(of: job.node.inputs[0], as: .channelsLast)
    var from = 0
    for (name, shape) in zip(job.node.outputs, shapes) {
      let channels = shape[1]
      defer { from += channels }
      guard planner.isWanted(name) else { continue }
      let output = planner.newBuffer(shape, .channelsLast)
      let copy = ChannelCopy(input: 0, from: from, to: 0, count: channels, inputChannels: image.channels)
      planner.emit(
        Step(
          job.node.label, "Split", "channels", reads: [input], writes: [output],
          work: ChannelCopyWork(
            pixels: image.batch * image.pixels, copies: [copy], inputs: [input], output: output, outputChannels: channels)))
      planner.define(name, output)
    }
    return .applicable
  }
}

/// `count` channels of every pixel of an input to the output.
struct ChannelCopy: Sendable {
  let input, from, to, count, inputChannels: Int
}

struct ChannelCopyWork: StepWork {
  let pixels: Int
  let copies: [ChannelCopy]
  let inputs: [Place]
  let output: Place
  let outputChannels: Int
  private static let one = FixedBuffer<Float>([1])

  func run(_ frame: Frame) {
    let y = frame.write(output)
    let block = max(1, (1 << 14) / max(1, outputChannels))
    let binary = frame.kernels.binary
    let sources = inputs.map(frame.read)
    frame.parallel((pixels + block - 1) / block) { task, _ in
      let first = task * block
      for copy in copies {
        // SAFETY: pixels first..<first + block (or to the end) of both values, channels inside theirs. A product with one copies rows exactly.
        binary(
          KERF_MUL, min(block, pixels - first), copy.count, sources[copy.input] + first * copy.inputChannels + copy.from,
          copy.inputChannels, 1,
          Self.one.pointer, 0, 0, y + first * outputChannels + copy.to, outputChannels)
      }
    }
  }
}
