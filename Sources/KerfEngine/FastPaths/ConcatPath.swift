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
    if let levels = LevelsConcat(job, planner) {
      try levels.plan(planner)
      return .applicable
    }
    if planner.concatTargets.products.contains(job.node.outputs[0]), try planProduct(job, planner) { return .applicable }
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

  /// The 1×1 convolution of a concatenation on its parts: `y = Σ_p x_p · w_p`, each part a segment of the product's left side.
  private static func planProduct(_ concat: PlanNode, _ planner: Planner) throws(EngineError) -> Bool {
    guard let index = planner.soleReader(of: concat.node.outputs[0]), let x = concat.outputShape else { return false }
    let job = planner.job(index)
    guard let kernel = job.inputs[1]?.value, let y = job.outputShape else { return false }
    let bias = job.inputs.count > 2 && job.inputs[2] != nil ? job.floats(2) : [Float](repeating: 0, count: y[1])
    guard let bias, bias.count == y[1] else { return false }
    var parts: [Place] = []
    for name in concat.node.inputs { parts.append(try planner.place(of: name, as: .channelsLast)) }
    // Offsets are distances in the arena.
    if parts.contains(where: { $0.arenaBuffer == nil }) { return false }
    planner.markFused(index)
    let epilogue = FusedEpilogue.collect(bias: bias, output: job.node.outputs[0], shape: y, channels: y[1], channelAxis: 1, planner)
    var residual: Place?
    if let name = epilogue.residual { residual = try planner.image(of: name) }
    let output = planner.image(for: epilogue.output, y)
    let operands = GemmOperands(
      kernel.floats() ?? [], columns: y[1], channels: x[1], taps: 1, groups: 1, key: epilogue.key(job.node), epilogue, isa: planner.isa,
      cache: planner.weights)
    let work = MatrixProductWork(
      operands, rows: x.reduce(1, *) / x[1], depth: x[1], columns: y[1], inputs: parts, output: output, residual: residual)
    planner.emit(
      Step(
        job.node.label, (["Concat", "Conv"] + epilogue.operators).joined(separator: "+"), "gemm", macs: job.macs(),
        reads: parts + (residual.map { [$0] } ?? []), writes: [output], work: work))
    planner.define(epilogue.output, output)
    return true
  }
}

/// `Split` of an image along its channels: the parts are views of it, and nothing runs; but a part that only a concatenation reads is copied there
/// while it is in the caches.
enum SplitPath: FastPath {
  static let opTypes = ["Split"]

  static func plan(_ job: PlanNode, _ planner: Planner) throws(EngineError) -> Applicability {
    guard let split = job.definition as? Split, let x = job.floatShape(0), ImageShape(x) != nil, x.reduce(1, *) > 0,
      split.axis == 1 || split.axis == 1 - x.count
    else { return .inapplicable("not float32 images along their channels") }
    let shapes = job.outputs.compactMap(\.fixedShape)
    guard shapes.count == job.outputs.count else { return .inapplicable("parts of unknown size") }
    let held = planner.levels(of: job.node.inputs[0])
    let input = try planner.input(job.node.inputs[0], onLevels: held != nil)
    var from = 0
    for (name, shape) in zip(job.node.outputs, shapes) {
      let part = input.channels(from: from, shape: shape)
      from += shape[1]
      guard planner.isWanted(name) else { continue }
      guard held == nil, planner.concatTargets[name] != nil, shape[1] > 0 else {
        planner.define(name, part, moved: held?.levels)
        continue
      }
      let target = planner.image(for: name, shape)
      let copy = ChannelCopy(input: 0, to: 0, count: shape[1])
      planner.emit(
        Step(
          job.node.label, "Split", "channels", reads: [part], writes: [target],
          work: ChannelCopyWork(pixels: x.reduce(1, *) / x[1], copies: [copy], inputs: [part], output: target)))
      planner.define(name, target)
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
