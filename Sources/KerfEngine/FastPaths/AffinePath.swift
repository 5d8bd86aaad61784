import CKerfKernels
import KerfGraph

/// `BatchNormalization` and `PRelu` with constants: `y = x·scale + shift` and `y < 0 ? y·slope : y` channel by channel.
enum AffinePath: FastPath {
  static let opTypes = ["BatchNormalization", "PRelu"]

  static func plan(_ job: PlanNode, _ planner: Planner) throws(EngineError) -> Applicability {
    guard let x = job.floatShape(0), let image = ImageShape(x), x.reduce(1, *) > 0 else {
      return .inapplicable("not float32 images of fixed extents")
    }
    var scale = [Float](repeating: 1, count: image.channels)
    var shift = [Float](repeating: 0, count: image.channels)
    var slope: [Float]?
    if let norm = job.definition as? BatchNormalization {
      guard let folded = norm.affine(job.inputs, channels: image.channels),
        !job.node.outputs.dropFirst().contains(where: { planner.isWanted($0) })
      else { return .inapplicable("statistics are not constant") }
      (scale, shift) = folded
    } else {
      guard let tensor = job.inputs[1]?.value,
        let values = FusedEpilogue.perChannel(tensor, shape: x, channels: image.channels, channelAxis: 1)
      else { return .inapplicable("slopes are not one constant a channel") }
      slope = values
    }
    let input = try planner.place(of: job.node.inputs[0], as: .channelsLast)
    let output = planner.newBuffer(x, .channelsLast)
    planner.emit(
      Step(
        job.node.label, job.node.opType, "affine", reads: [input], writes: [output],
        work: AffineWork(
          channels: image.channels, scale: FixedBuffer(scale), shift: FixedBuffer(shift), slope: slope.map { FixedBuffer($0) },
          input: input,
          output: output)))
    planner.define(job.node.outputs[0], output)
    return .applicable
  }
}

extension BatchNormalization {
  /// `scale = γ/√(σ² + ε)` and `shift = β − μ·scale`, where all four are constant and nothing is trained.
  func affine(_ inputs: [TensorInfo?], channels: Int) -> (scale: [Float], shift: [Float])? {
    guard !trainingMode, spatial, inputs.count == 5 else { return nil }
    var parts: [[Float]] = []
    for info in inputs[1...] {
      guard let tensor = info?.value, tensor.type == .float, let values = tensor.floats(), values.count == channels else { return nil }
      parts.append(values)
    }
    // In double, so that folding adds no error worth mentioning.
    let scale = (0..<channels).map { Double(parts[0][$0]) / (Double(parts[3][$0]) + Double(epsilon)).squareRoot() }
    let shift = (0..<channels).map { Double(parts[1][$0]) - Double(parts[2][$0]) * scale[$0] }
    return (scale.map { Float($0) }, shift.map { Float($0) })
  }
}

struct AffineWork: StepWork {
  let channels: Int
  let scale, shift: FixedBuffer<Float>
  let slope: FixedBuffer<Float>?
  let input, output: Place

  func run(_ frame: Frame) {
    let x = frame.read(input)
    let y = frame.write(output)
    let rows = output.count / channels
    let block = max(1, (1 << 14) / channels)
    let affine = frame.kernels.affine
    frame.parallel((rows + block - 1) / block) { task, _ in
      let first = task * block
      // SAFETY: rows first..<first + block (or to the end) of `rows` rows of `channels` floats in both buffers.
      affine(
        min(block, rows - first), channels, x + first * channels, channels, scale.pointer, shift.pointer, slope?.pointer,
        y + first * channels,
        channels)
    }
  }
}
