import KerfGraph

/// `ConvTranspose` as ordinary convolutions.
///
/// `y[i·s + k·d − before] += x[i]·w[k]`: an output position `o` meets the taps `k` for which `o + before − k·d` is a multiple of the stride `s`, and
/// these are the same for all `o` of one remainder modulo `s`. So the output falls into `s` interleaved images along each axis, each a convolution
/// of the input at stride 1 with its own part of the kernel, turned round; they are written where they belong, pixels `s` apart. Over three axes each of
/// them is a sum over the kernel's slices as in `VolumePath`; images over fewer axes are the slices of one volume whose kernel has one slice.
enum ConvTransposePath: FastPath {
  static let opTypes = ["ConvTranspose"]

  static func plan(_ job: PlanNode, _ planner: Planner) throws(EngineError) -> Applicability {
    guard let transpose = job.definition as? ConvTranspose, let x = job.floatShape(0), let image = ImageShape(x), let y = job.outputShape,
      let out = ImageShape(y), y.count == x.count, x.reduce(1, *) > 0, y.reduce(1, *) > 0
    else { return .inapplicable("not float32 over one to three axes of fixed extents") }
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

    let isVolume = x.count == 5
    let (height, slices) = isVolume ? (x[3], x[2]) : (image.height, image.batch)
    let outHeight = isVolume ? y[3] : out.height
    let all = axes.map { (axis: ConvTranspose.Axis) in TransposePhase.all(axis) }
    let downs = axes.count > 1 ? all[axes.count - 2] : [.single(1)]
    let phases = (isVolume ? all[0] : [.single(slices)]).flatMap { deep in
      downs.flatMap { down in all[axes.count - 1].map { along in (deep, down, along) } }
    }
    let kernel = TransposedKernel(
      weights: weights, channels: w.shape[0], outputs: w.shape[1], groups: transpose.groups,
      extents: Array(repeating: 1, count: 5 - w.rank) + w.shape[2...])
    var pieces: [ConvolutionPiece] = []
    for (deep, down, along) in phases {
      let (depth, rows, columns) = (deep.cut(slices), down.cut(height), along.cut(image.width))
      let shape = StageShape(
        channels: image.channels, height: rows.extent, width: columns.extent, outputs: out.channels, outputHeight: down.count,
        outputWidth: along.count, rows: rows.window, columns: columns.window)
      for pass in SlicePass.all(depth.window, input: depth.extent, output: deep.count) {
        let problem = ConvolutionProblem(
          batch: pass.slices.count, shape: pass.tap == nil ? shape.missed : shape, groups: transpose.groups)
        let slice = pass.tap.map { depth.taps[$0] }
        let part = slice.map { kernel.part($0, rows.taps, columns.taps) } ?? kernel.part(0, [], [])
        for b in 0..<(isVolume ? image.batch : 1) {
          /// Every so many slices from one on, as images.
          func images(_ place: Place, height: Int, from first: Int, step: Int) -> ImageView {
            var view = place.steps
            let size = isVolume ? view.row * height : view.image
            view.offset += (isVolume ? b * view.image : 0) + first * size
            view.image = step * size
            return view
          }
          func made(_ place: Place) -> Place {
            let first = deep.first + pass.slices.lowerBound * deep.stride
            return place.viewed(
              images(place, height: outHeight, from: first, step: deep.stride).every(down, along),
              shape: [pass.slices.count, out.channels, down.count, along.count])
          }
          let source =
            slice == nil
            ? images(input, height: height, from: 0, step: 0)
            : images(input, height: height, from: depth.skipped + pass.origin, step: 1)
          pieces.append(
            ConvolutionPiece(
              problem: problem, weights: part,
              key: "\(epilogue.key(job.node)):\(slice.map { "\($0)" } ?? "none")\(rows.taps)\(columns.taps)",
              epilogue: pass.part(of: epilogue),
              input: input.viewed(
                source.from(rows.skipped, columns.skipped), shape: [pass.slices.count, image.channels, rows.extent, columns.extent]),
              output: made(output), residual: pass.isFirst ? residual.map(made) : made(output)))
        }
      }
    }
    planner.emit(pieces, of: job, epilogue, reads: [input] + (residual.map { [$0] } ?? []), output: output)
    return .applicable
  }
}

/// `w [C, N/g, kd, kh, kw]` in the groups given.
private struct TransposedKernel {
  let weights: [Float]
  let channels, outputs, groups: Int
  let extents: [Int]

  /// The taps of one slice that a phase meets as `[N, C/g, rows, columns]`; an axis without taps has one of zeros.
  func part(_ slice: Int, _ rows: [Int], _ columns: [Int]) -> [Float] {
    let perGroup = channels / groups
    if rows.isEmpty || columns.isEmpty {
      return [Float](repeating: 0, count: groups * outputs * perGroup * max(1, rows.count) * max(1, columns.count))
    }
    var kernel: [Float] = []
    kernel.reserveCapacity(groups * outputs * perGroup * rows.count * columns.count)
    for g in 0..<groups {
      for n in 0..<outputs {
        for c in g * perGroup..<(g + 1) * perGroup {
          let start = ((c * outputs + n) * extents[0] + slice) * extents[1]
          for t in rows {
            for u in columns { kernel.append(weights[(start + t) * extents[2] + u]) }
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

  /// So many positions that meet one tap each.
  static func single(_ count: Int) -> TransposePhase { TransposePhase(first: 0, count: count, stride: 1, taps: [0], origin: 0, step: 1) }

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
