import CKerfKernels
import KerfGraph

/// Mean or maximum of every channel over the whole image: `GlobalAveragePool`, `GlobalMaxPool`, and `ReduceMean` over all spatial axes.
///
/// Rows are reduced first, then the rows' results: parallel, and a sum of sums loses less than one long sum.
enum GlobalPoolPath: FastPath {
  static let opTypes = ["GlobalAveragePool", "GlobalMaxPool", "ReduceMean"]

  static func plan(_ job: PlanNode, _ planner: Planner) throws(EngineError) -> Applicability {
    guard let x = job.floatShape(0), let image = ImageShape(x), let y = job.outputShape, x.reduce(1, *) > 0 else {
      return .inapplicable("not float32 images of fixed extents")
    }
    if let reduce = job.definition as? Reduce {
      // A tensor of the shape alone: the operator plans by shape.
      let shape = Tensor(shape: x, storage: .opaque(.float, []))
      guard let axes = try? reduce.plan([shape] + job.inputs.dropFirst().map { $0?.value }).axes, axes == Array(2..<x.count) else {
        return .inapplicable("not the mean over all spatial axes")
      }
    }
    if let held = planner.levels(of: job.node.inputs[0]), image.pixels < 1 << 22 {
      try planLevels(job, held, image, y, planner)
      return .applicable
    }
    let input = try planner.image(of: job.node.inputs[0])
    let partial = planner.newBuffer([image.batch, image.channels, image.height, 1], .channelsLast)
    // One pixel: both layouts are the same floats, so the result is row-major under any shape.
    let output = planner.newBuffer(y, .rowMajor)
    let op = job.node.opType == "GlobalMaxPool" ? KERF_WINDOW_MAX : KERF_WINDOW_SUM
    planner.emit(
      Step(
        job.node.label, job.node.opType, "global", reads: [input], writes: [partial, output],
        work: GlobalPoolWork(image: image, op: op, input: input, partial: partial, output: output)))
    planner.define(job.node.outputs[0], output)
    return .applicable
  }
}

extension GlobalPoolPath {
  /// Of levels: a window over the whole image.
  private static func planLevels(
    _ job: PlanNode, _ held: (source: String, levels: Levels), _ image: ImageShape, _ y: [Int], _ planner: Planner
  )
    throws(EngineError)
  {
    func axis(_ extent: Int) -> Window.Axis { Window.Axis(kernel: extent, stride: 1, dilation: 1, before: 0, after: 0) }
    let shape = StageShape(
      channels: image.channels, height: image.height, width: image.width, outputs: image.channels, outputHeight: 1, outputWidth: 1,
      rows: axis(image.height), columns: axis(image.width))
    let takesMax = job.node.opType == "GlobalMaxPool"
    let end = takesMax ? nil : planner.quantizer(of: job.node.outputs[0])
    let operation: LevelsWindowStage.Operation =
      takesMax ? .max : .average(AverageLevels(held.levels, end?.levels, whole: 0, counts: [image.pixels], channels: image.channels))
    let onLevels = takesMax || end != nil
    let input = try planner.levelsPlace(of: held.source)
    let output = planner.newBuffer(y, onLevels ? .levels : .rowMajor)
    let target = output.viewed(ImageView(ImageShape(batch: image.batch, channels: image.channels, height: 1, width: 1)), shape: y)
    let work = Pipeline(
      [LevelsWindowStage(shape, operation, toLevels: onLevels)], residuals: [nil], input: input, output: target, batch: image.batch,
      threads: planner.options.threads)
    planner.emit(Step(job.node.label, job.node.opType, "window-u8", reads: [input], writes: [output], work: work))
    if let end {
      planner.markFused(end.index)
      planner.define(end.output, output)
    } else {
      planner.define(job.node.outputs[0], output, moved: takesMax ? held.levels : nil)
    }
  }
}

struct GlobalPoolWork: StepWork {
  let image: ImageShape
  let op: kerf_window_op
  let input, partial, output: Place

  func run(_ frame: Frame) {
    let x = frame.read(input)
    let rows = frame.write(partial)
    let y = frame.write(output)
    let (channels, height, width) = (image.channels, image.height, image.width)
    let window = frame.kernels.window
    let pixel = input.steps.pixel
    let block = 8
    let blocks = (height + block - 1) / block
    // The kernel's pixels are the image's rows, its taps the pixels of a row.
    frame.parallel(image.batch * blocks) { task, _ in
      let first = task / blocks * height + task % blocks * block
      var g = kerf_window_f32()
      // SAFETY: `columns` rows of `width` pixels from row `first` of the batch, inside `x`; as many rows of `channels` floats in `rows`.
      g.columns = min(block, height - task % blocks * block)
      g.channels = channels
      g.a = x + first * width * pixel
      g.a_column = width * pixel
      g.tap_column = pixel
      g.last_row = 1
      g.last_column = width
      g.kernel_columns = width
      g.scale = 1
      g.c = rows + first * channels
      g.c_column = channels
      window(&g, op)
    }
    frame.parallel(image.batch) { b, _ in
      var g = kerf_window_f32()
      // SAFETY: `height` rows of `channels` floats of image `b`; one row of `channels` floats of the output.
      g.columns = 1
      g.channels = channels
      g.a = UnsafePointer(rows) + b * height * channels
      g.tap_column = channels
      g.last_row = 1
      g.last_column = height
      g.kernel_columns = height
      g.scale = 1 / Float(image.pixels)
      g.c = y + b * channels
      g.c_column = channels
      window(&g, op)
    }
  }
}
