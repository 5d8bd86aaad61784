import KerfGraph

/// `Resize` and `Upsample` of images over their spatial axes, every mode: rows are blended down the image, then along it.
enum ResizePath: FastPath {
  static let opTypes = ["Resize", "Upsample"]

  static func plan(_ job: PlanNode, _ planner: Planner) throws(EngineError) -> Applicability {
    guard let resize = job.definition as? Resize, let x = job.floatShape(0), let image = ImageShape(x), let y = job.outputShape,
      x.count <= 4,
      x.reduce(1, *) > 0, y.reduce(1, *) > 0
    else { return .inapplicable("not float32 images of fixed extents") }
    if job.inputs.dropFirst().contains(where: { $0 != nil && $0?.value == nil }) { return .inapplicable("scales are not constant") }
    // A tensor of the shape alone: the operator plans by shape.
    let shape = Tensor(shape: x, storage: .opaque(.float, []))
    guard let axes = try? resize.resizedAxes(shape: x, inputs: [shape] + job.inputs.dropFirst().map { $0?.value }), axes[0].isIdentity,
      axes[1].isIdentity, let columns = axes.last
    else { return .inapplicable("images or channels are resized") }
    if resize.mode == .nearest, let held = planner.levels(of: job.node.inputs[0]) {
      let rows = x.count == 4 ? AxisTaps(resize, axes[2]) : AxisTaps(neighbours: [[(0, 1)]])
      if let work = try LevelsResizeWork(image, rows, AxisTaps(resize, columns), held.source, y, planner) {
        planner.emit(Step(job.node.label, job.node.opType, "nearest-u8", reads: [work.input], writes: [work.output], work: work))
        planner.define(job.node.outputs[0], work.output, as: held.levels)
        return .applicable
      }
    }
    let input = try planner.place(of: job.node.inputs[0], as: .channelsLast)
    let output = planner.newBuffer(y, .channelsLast)
    // A value over one axis is an image of one row.
    let rows = x.count == 4 ? AxisTaps(resize, axes[2]) : AxisTaps(neighbours: [[(0, 1)]])
    planner.emit(
      Step(
        job.node.label, job.node.opType, "separable", reads: [input], writes: [output],
        work: ResizeWork(
          image: image, rows: rows, columns: AxisTaps(resize, columns), fill: resize.extrapolationValue, input: input,
          output: output)))
    planner.define(job.node.outputs[0], output)
    return .applicable
  }
}

/// The neighbours that make each position of an axis, those without weight left out; none: outside.
struct AxisTaps: Sendable {
  let neighbours: [[(place: Int, weight: Float)]]

  init(neighbours: [[(place: Int, weight: Float)]]) { self.neighbours = neighbours }

  init(_ resize: Resize, _ axis: ResizeAxis) {
    if axis.isIdentity {
      neighbours = (0..<axis.output).map { [($0, 1)] }
      return
    }
    let taps = ResizeTaps(resize, axis)
    neighbours = (0..<axis.output).map { o in
      if taps.isOutside[o] { return [] }
      if resize.mode == .nearest { return [(taps.places[o], 1)] }
      return (o * taps.width..<(o + 1) * taps.width).compactMap { i in
        taps.weights[i] == 0 ? nil : (taps.places[i], Float(taps.weights[i]))
      }
    }
  }
}

struct ResizeWork: StepWork {
  let image: ImageShape
  let rows, columns: AxisTaps
  /// What lies outside the image.
  let fill: Float
  let input, output: Place
  /// Output rows that are made of the same input rows, and so are alike.
  private let runs: [Range<Int>]
  /// The one pixel that each output pixel is, where all are.
  private let places: [Int]?

  init(image: ImageShape, rows: AxisTaps, columns: AxisTaps, fill: Float, input: Place, output: Place) {
    (self.image, self.rows, self.columns, self.fill, self.input, self.output) = (image, rows, columns, fill, input, output)
    var runs: [Range<Int>] = []
    for (i, taps) in rows.neighbours.enumerated() {
      if let held = runs.last, rows.neighbours[held.lowerBound].elementsEqual(taps, by: ==) {
        runs[runs.count - 1] = held.lowerBound..<i + 1
      } else {
        runs.append(i..<i + 1)
      }
    }
    self.runs = runs
    let single = columns.neighbours.compactMap { $0.count == 1 && $0[0].weight == 1 ? $0[0].place : nil }
    places = single.count == columns.neighbours.count ? single : nil
  }

  var scratch: Int { image.width * image.channels }

  func run(_ frame: Frame) {
    let x = frame.read(input)
    let y = frame.write(output)
    let channels = image.channels
    let row = image.width * channels
    let (height, width) = (rows.neighbours.count, columns.neighbours.count)
    frame.parallel(image.batch * runs.count) { task, scratch in
      // SAFETY: places are inside the image, which has image.height rows of `row` floats; the scratch holds a row; the output has `height` rows of
      // width·channels floats for each image, of which this task writes those of a run.
      let source = x + task / runs.count * image.height * row
      let run = runs[task % runs.count]
      let target = y + (task / runs.count * height + run.lowerBound) * width * channels
      let down = rows.neighbours[run.lowerBound]
      var line = UnsafePointer(scratch)
      if let only = down.first, down.count == 1, only.weight == 1 {
        line = source + only.place * row
      } else {
        blend(down, to: scratch, from: source, step: row, count: row)
      }
      if down.isEmpty || !copies(line, target) {
        for (j, along) in columns.neighbours.enumerated() {
          blend(down.isEmpty ? [] : along, to: target + j * channels, from: line, step: channels, count: channels)
        }
      }
      for i in 1..<max(1, run.count) { (target + i * width * channels).update(from: target, count: width * channels) }
    }
  }

  /// A row whose pixels are all copies of pixels, few channels each: a loop of its own spares calls.
  private func copies(_ line: UnsafePointer<Float>, _ target: UnsafeMutablePointer<Float>) -> Bool {
    guard let places, image.channels <= 8 else { return false }
    let channels = image.channels
    var to = target
    // SAFETY: see the caller; every place is a pixel of the row.
    for place in places {
      let from = line + place * channels
      for c in 0..<channels { to[c] = from[c] }
      to += channels
    }
    return true
  }

  /// `to[k] = Σ weight · from[place·step + k]`
  private func blend(
    _ taps: [(place: Int, weight: Float)], to: UnsafeMutablePointer<Float>, from: UnsafePointer<Float>, step: Int, count: Int
  ) {
    guard let first = taps.first else { return to.update(repeating: fill, count: count) }
    // SAFETY: see the caller.
    let start = from + first.place * step
    if taps.count == 1, first.weight == 1 { return to.update(from: start, count: count) }
    for k in 0..<count { to[k] = first.weight * start[k] }
    for tap in taps.dropFirst() {
      let more = from + tap.place * step
      for k in 0..<count { to[k] += tap.weight * more[k] }
    }
  }
}
