import CKerfKernels
import KerfGraph

/// Arithmetic of two values with broadcasting.
enum BinaryPath: FastPath {
  static let opTypes = ["Add", "Sub", "Mul", "Div", "Max", "Min", "Sum"]

  private static let operations: [String: kerf_binary_op] = [
    "Add": KERF_ADD, "Sum": KERF_ADD, "Sub": KERF_SUB, "Mul": KERF_MUL, "Div": KERF_DIV, "Max": KERF_MAX, "Min": KERF_MIN,
  ]

  static func plan(_ job: PlanNode, _ planner: Planner) throws(EngineError) -> Applicability {
    guard job.inputs.count == 2, let op = operations[job.node.opType], let a = job.floatShape(0), let b = job.floatShape(1),
      let y = job.outputShape, y.reduce(1, *) > 0
    else { return .inapplicable("not two float32 values of fixed extents") }
    if let work = try LevelsBinary(job, planner) {
      work.plan(planner)
      return .applicable
    }
    let names = job.node.inputs
    // Channels last where an operand of the output's own rank is so already.
    let isImage = 3...5 ~= y.count
    let last = isImage && zip(names, [a, b]).contains { $1.count == y.count && planner.readyLayout($0) == .channelsLast }
    let layout: Layout = last ? .channelsLast : .rowMajor
    // A smaller rank is padded with ones; its floats lie the same in either layout only where that adds axes of one before a channel axis.
    func padded(_ shape: [Int]) -> [Int] { [Int](repeating: 1, count: y.count - shape.count) + shape }
    guard BroadcastLoops(padded(a), padded(b), y, layout) != nil else {
      return .inapplicable("broadcast over more than three runs of axes")
    }
    let left = try operand(names[0], a, padded(a), y, layout, planner)
    let right = try operand(names[1], b, padded(b), y, layout, planner)
    let output = last && y[1] > 1 ? planner.image(for: job.node.outputs[0], y) : planner.newBuffer(y, layout)
    func pixel(_ place: Place) -> Int? { place.isDense ? nil : place.steps.pixel }
    guard let loops = BroadcastLoops(padded(a), padded(b), y, layout, pixels: (pixel(left), pixel(right), pixel(output))) else {
      return .inapplicable("broadcast over more than three runs of axes of parts of larger values")
    }
    planner.emit(
      Step(
        job.node.label, job.node.opType, "elementwise", reads: [left, right], writes: [output],
        work: BinaryWork(op: op, loops: loops, a: left, b: right, output: output)))
    planner.define(job.node.outputs[0], output)
    return .applicable
  }

  /// The operand's floats as they lie for its padded shape in the layout.
  private static func operand(_ name: String, _ shape: [Int], _ padded: [Int], _ y: [Int], _ layout: Layout, _ planner: Planner)
    throws(EngineError) -> Place
  {
    if layout == .channelsLast, shape.count == padded.count, y[1] > 1 { return try planner.image(of: name) }
    if layout == .rowMajor || shape.count == padded.count { return try planner.place(of: name, as: layout) }
    // Of smaller rank: row-major floats, turned where the padded shape has several channels and pixels.
    let flat = try planner.place(of: name, as: .rowMajor)
    guard let image = ImageShape(padded), image.channels > 1, image.pixels > 1 else { return flat }
    let source = flat.reshaped(padded)
    let target = planner.newBuffer(padded, .channelsLast)
    planner.emit(
      Step(
        name, "layout", "rowMajor→channelsLast", reads: [source], writes: [target],
        work: LayoutWork(name: name, source: source, target: target)))
    return target
  }
}

/// The nested loops of a broadcast: axes in the order they lie in memory, neighbours merged where operands and output walk on evenly.
struct BroadcastLoops: Sendable, Equatable {
  /// Outer repetitions, rows, floats of a row.
  let outer, rows, count: Int
  /// Steps of each operand and of the output along them; the last is 0 or 1.
  let a, b, y: (outer: Int, row: Int, element: Int)

  /// - Parameter pixels: floats between neighbouring pixels of channels-last values that lie inside larger ones.
  init?(_ shapeA: [Int], _ shapeB: [Int], _ shape: [Int], _ layout: Layout, pixels: (a: Int?, b: Int?, y: Int?) = (nil, nil, nil)) {
    var order = Array(shape.indices)
    if layout == .channelsLast { order.append(order.remove(at: 1)) }
    func steps(_ extents: [Int], pixel: Int?) -> [Int] {
      var steps = [Int](repeating: 0, count: order.count)
      var step = 1
      for (i, axis) in order.enumerated().reversed() {
        steps[i] = extents[axis] == 1 ? 0 : step
        step *= extents[axis]
        if i == order.count - 1, let pixel { step = pixel }
      }
      return steps
    }
    let (stepsA, stepsB, stepsY) = (steps(shapeA, pixel: pixels.a), steps(shapeB, pixel: pixels.b), steps(shape, pixel: pixels.y))
    var axes: [(extent: Int, a: Int, b: Int, y: Int)] = []
    for (i, axis) in order.enumerated() where shape[axis] != 1 {
      let next = (extent: shape[axis], a: stepsA[i], b: stepsB[i], y: stepsY[i])
      if let held = axes.last, held.a == next.a * next.extent, held.b == next.b * next.extent, held.y == next.y * next.extent {
        axes[axes.count - 1] = (held.extent * next.extent, next.a, next.b, next.y)
      } else {
        axes.append(next)
      }
    }
    guard axes.count <= 3 else { return nil }
    while axes.count < 3 { axes.insert((1, 0, 0, 0), at: 0) }
    guard axes[2].a <= 1, axes[2].b <= 1 else { return nil }
    (outer, rows, count) = (axes[0].extent, axes[1].extent, axes[2].extent)
    a = (axes[0].a, axes[1].a, axes[2].a)
    b = (axes[0].b, axes[1].b, axes[2].b)
    y = (axes[0].y, axes[1].y, axes[2].y)
  }

  static func == (l: BroadcastLoops, r: BroadcastLoops) -> Bool {
    (l.outer, l.rows, l.count) == (r.outer, r.rows, r.count) && l.a == r.a && l.b == r.b && l.y == r.y
  }
}

struct BinaryWork: StepWork {
  let op: kerf_binary_op
  let loops: BroadcastLoops
  let a, b, output: Place
  private static let block = 1 << 14

  func run(_ frame: Frame) {
    let x = frame.read(a)
    let z = frame.read(b)
    let y = frame.write(output)
    let l = loops
    let binary = frame.kernels.binary
    // Tasks are pieces of long rows, else groups of rows.
    let pieces = max(1, l.count / Self.block)
    let group = pieces > 1 ? 1 : max(1, min(l.rows, Self.block / max(1, l.count)))
    let groups = (l.rows + group - 1) / group
    frame.parallel(l.outer * groups * pieces) { task, _ in
      let piece = task % pieces
      let first = task / pieces % groups * group
      let outer = task / pieces / groups
      let from = l.count * piece / pieces
      let to = l.count * (piece + 1) / pieces
      // SAFETY: outer < l.outer, rows first..<min(first + group, rows) and floats from..<to lie inside the shapes that the loops were made of.
      binary(
        op, min(group, l.rows - first), to - from, x + outer * l.a.outer + first * l.a.row + from * l.a.element, l.a.row, l.a.element,
        z + outer * l.b.outer + first * l.b.row + from * l.b.element, l.b.row, l.b.element, y + outer * l.y.outer + first * l.y.row + from,
        l.y.row)
    }
  }
}
