import KerfGraph

/// `SpaceToDepth` and `DepthToSpace`: `y[i][j][c] = x[rows[i] + columns[j] + channels[c]]`, three short tables of positions.
enum BlockPath: FastPath {
  static let opTypes = ["SpaceToDepth", "DepthToSpace"]

  static func plan(_ job: PlanNode, _ planner: Planner) throws(EngineError) -> Applicability {
    guard let definition = job.definition as? SpaceToDepth, let shape = job.floatShape(0), let target = job.outputShape,
      let x = ImageShape(shape), let y = ImageShape(target), shape.count == 4, shape.reduce(1, *) > 0
    else { return .inapplicable("not float32 images of fixed extents") }
    let layout = planner.readyLayout(job.node.inputs[0]) ?? .rowMajor
    let (input, levels) = try planner.moved(job.node.inputs[0], layout)
    let output = planner.newBuffer(target, levels == nil ? .channelsLast : .levels)
    planner.emit(
      Step(
        job.node.label, job.node.opType, "blocks", reads: [input], writes: [output],
        work: BlockWork(definition, x, layout, y, input: input, output: output)))
    planner.define(job.node.outputs[0], output, moved: levels)
    return .applicable
  }
}

/// Writes channels last, a row of pixels a task.
struct BlockWork: StepWork {
  private let rows, columns, channels: FixedBuffer<Int>
  /// Elements of one image.
  private let step: Int
  private let images: Int
  private let input, output: Place

  init(_ definition: SpaceToDepth, _ x: ImageShape, _ layout: Layout, _ y: ImageShape, input: Place, output: Place) {
    // The input's element (channel, row, column) is at `channel·cs + row·rs + column·ws`.
    let (cs, rs, ws) = layout == .channelsLast ? (1, x.width * x.channels, x.channels) : (x.pixels, x.width, 1)
    let b = definition.block
    if definition.deepens {
      // Channel of the output: pixel (p / b, p % b) of the block, channel c.
      let source = { (channel: Int) -> Int in
        let (p, c) =
          definition.isDepthFirst ? (channel / x.channels, channel % x.channels) : (channel % (b * b), channel / (b * b))
        return p / b * rs + p % b * ws + c * cs
      }
      rows = FixedBuffer((0..<y.height).map { $0 * b * rs })
      columns = FixedBuffer((0..<y.width).map { $0 * b * ws })
      channels = FixedBuffer((0..<y.channels).map(source))
    } else {
      let (pixel, channel) = definition.isDepthFirst ? (y.channels * cs, cs) : (cs, b * b * cs)
      rows = FixedBuffer((0..<y.height).map { $0 / b * rs + $0 % b * b * pixel })
      columns = FixedBuffer((0..<y.width).map { $0 / b * ws + $0 % b * pixel })
      channels = FixedBuffer((0..<y.channels).map { $0 * channel })
    }
    (step, images) = (x.channels * x.pixels, x.batch)
    (self.input, self.output) = (input, output)
  }

  func run(_ frame: Frame) {
    if output.layout == .levels {
      move(frame.readLevels(input), frame.writeLevels(output), frame)
    } else {
      move(frame.read(input), frame.write(output), frame)
    }
  }

  private func move<Element>(_ x: UnsafePointer<Element>, _ y: UnsafeMutablePointer<Element>, _ frame: Frame) {
    let (height, width, depth) = (rows.count, columns.count, channels.count)
    let (rows, columns, channels) = (rows.pointer, columns.pointer, channels.pointer)
    frame.parallel(images * height) { task, _ in
      // SAFETY: the tables hold positions of one image of `step` elements; the output has images·height·width·depth.
      let row = x + task / height * step + rows[task % height]
      var target = y + task * width * depth
      for j in 0..<width {
        let pixel = row + columns[j]
        for c in 0..<depth { target[c] = pixel[channels[c]] }
        target += depth
      }
    }
  }
}
