import KerfGraph

/// `ConvTranspose` over one or two axes as ordinary convolutions.
///
/// `y[i·s + k·d − before] += x[i]·w[k]`: an output position `o` meets the taps `k` for which `o + before − k·d` is a multiple of the stride `s`, and
/// these are the same for all `o` of one remainder modulo `s`. So the output falls into `s` interleaved images along each axis, each a convolution
/// of the input at stride 1 with its own part of the kernel, turned round; they are written where they belong, pixels `s` apart.
enum ConvTransposePath: FastPath {
  static let opTypes = ["ConvTranspose"]

  static func plan(_ job: PlanNode, _ planner: Planner) throws(EngineError) -> Applicability {
    guard let transpose = job.definition as? ConvTranspose, let x = job.floatShape(0), let image = ImageShape(x), let y = job.outputShape,
      let out = ImageShape(y), y.count == x.count, x.count <= 4, x.reduce(1, *) > 0, y.reduce(1, *) > 0
    else { return .inapplicable("not float32 over one or two axes of fixed extents") }
    guard let w = job.inputs[1]?.value, let weights = job.floats(1), w.rank == x.count,
      let axes = try? transpose.axes(input: Array(x[2...]), kernel: Array(w.shape[2...]))
    else { return .inapplicable("weights are not constant") }
    var bias = [Float](repeating: 0, count: out.channels)
    if job.inputs.count > 2, job.inputs[2] != nil {
      guard let given = job.floats(2), given.count == out.channels else { return .inapplicable("bias is not constant") }
      bias = given
    }
    let epilogue = FusedEpilogue.collect(
      bias: bias, output: job.node.outputs[0], shape: y, channels: out.channels, channelAxis: 1, planner)
    let input = try planner.image(of: job.node.inputs[0])
    var residual: Place?
    if let name = epilogue.residual { residual = try planner.image(of: name) }
    let output = planner.image(for: epilogue.output, y)

    let all = axes.map { (axis: ConvTranspose.Axis) in TransposePhase.all(axis) }
    let extents = axes.map(\.kernel)
    var pieces: [ConvolutionPiece] = []
    for down in axes.count == 2 ? all[0] : [.single] {
      for along in all[axes.count - 1] {
        let (rows, columns) = (down.cut(image.height), along.cut(image.width))
        let shape = StageShape(
          channels: image.channels, height: rows.extent, width: columns.extent, outputs: out.channels, outputHeight: down.count,
          outputWidth: along.count, rows: rows.window, columns: columns.window)
        let place = [out.batch, out.channels, down.count, along.count]
        pieces.append(
          ConvolutionPiece(
            problem: ConvolutionProblem(batch: image.batch, shape: shape, groups: transpose.groups),
            weights: Self.kernel(
              weights, shape: (w.shape[0], w.shape[1], axes.count == 2 ? extents[0] : 1, extents[axes.count - 1]),
              groups: transpose.groups, rows.taps, columns.taps),
            key: "\(epilogue.key(job.node)):\(rows.taps)\(columns.taps)", epilogue: epilogue,
            input: input.viewed(
              input.steps.from(rows.skipped, columns.skipped), shape: [image.batch, image.channels, rows.extent, columns.extent]),
            output: output.viewed(output.steps.every(down, along), shape: place),
            residual: residual.map { $0.viewed($0.steps.every(down, along), shape: place) }))
      }
    }
    planner.emit(pieces, of: job, epilogue, reads: [input] + (residual.map { [$0] } ?? []), output: output)
    return .applicable
  }

  /// The taps of `w [C, N/g, kh, kw]` that a phase meets as `[N, C/g, rows, columns]`; an axis without taps has one of zeros.
  private static func kernel(
    _ w: [Float], shape: (channels: Int, outputs: Int, height: Int, width: Int), groups: Int, _ rows: [Int], _ columns: [Int]
  ) -> [Float] {
    let perGroup = shape.channels / groups
    var kernel: [Float] = []
    kernel.reserveCapacity(groups * shape.outputs * perGroup * max(1, rows.count) * max(1, columns.count))
    for g in 0..<groups {
      for n in 0..<shape.outputs {
        for c in g * perGroup..<(g + 1) * perGroup {
          if rows.isEmpty || columns.isEmpty {
            kernel += [Float](repeating: 0, count: max(1, rows.count) * max(1, columns.count))
            continue
          }
          for t in rows {
            for u in columns { kernel.append(w[((c * shape.outputs + n) * shape.height + t) * shape.width + u]) }
          }
        }
      }
    }
    return kernel
  }
}

/// The output positions `first, first + stride, …` of a transposed convolution along one axis.
struct TransposePhase: Sendable {
  let first, count, stride: Int
  /// Kernel positions that meet them, in the order of the input positions.
  let taps: [Int]
  /// Input position that the first output position and the first of the taps meet, and the step to that of the next tap.
  let origin, step: Int

  static let single = TransposePhase(first: 0, count: 1, stride: 1, taps: [0], origin: 0, step: 1)

  static func all(_ axis: ConvTranspose.Axis) -> [TransposePhase] {
    (0..<min(axis.stride, axis.output)).map { first in
      let met = (0..<axis.kernel).filter { (first + axis.before - $0 * axis.dilation) % axis.stride == 0 }
      return TransposePhase(
        first: first, count: (axis.output - first + axis.stride - 1) / axis.stride, stride: axis.stride, taps: met.reversed(),
        origin: met.last.map { (first + axis.before - $0 * axis.dilation) / axis.stride } ?? 0,
        step: met.count > 1 ? (met[1] - met[0]) * axis.dilation / axis.stride : 1)
    }
  }

  /// The phase as a window over the input without the positions that nothing reads. Where no tap meets the input, it reads zeros before it.
  func cut(_ input: Int) -> (window: Window.Axis, taps: [Int], skipped: Int, extent: Int) {
    if taps.isEmpty || origin >= input {
      return (Window.Axis(kernel: 1, stride: 1, dilation: 1, before: count, after: 0), [], 0, input)
    }
    let skipped = max(0, origin)
    let window = Window.Axis(kernel: taps.count, stride: 1, dilation: step, before: skipped - origin, after: 0)
    return (window, taps, skipped, input - skipped)
  }
}

extension ImageView {
  /// The image from a pixel on.
  fileprivate func from(_ i: Int, _ j: Int) -> ImageView {
    var view = self
    view.offset += i * row + j * pixel
    return view
  }

  /// The pixels of a phase.
  fileprivate func every(_ down: TransposePhase, _ along: TransposePhase) -> ImageView {
    var view = from(down.first, along.first)
    view.row *= down.stride
    view.pixel *= along.stride
    return view
  }
}
