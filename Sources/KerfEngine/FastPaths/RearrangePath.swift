import KerfGraph

/// Operators whose output elements are input elements in other places: one table of sources, found once by letting the operator itself rearrange
/// the numbers 0, 1, 2, …
enum RearrangePath: FastPath {
  static let opTypes = ["Slice", "Pad", "Transpose", "Tile", "Expand"]

  static func plan(_ job: PlanNode, _ planner: Planner) throws(EngineError) -> Applicability {
    guard let definition = job.definition as? any RearrangingOperator, let x = job.floatShape(0), let y = job.outputShape, !x.isEmpty,
      x.reduce(1, *) > 0, y.reduce(1, *) > 0, max(x.reduce(1, *), y.reduce(1, *)) < Int(Int32.max)
    else { return .inapplicable("not float32 of fixed extents") }
    guard let (operands, fill) = operands(job) else { return .inapplicable("what to move is not constant") }
    let layout = planner.readyLayout(job.node.inputs[0]) ?? .rowMajor
    let target: Layout = layout == .channelsLast && ImageShape(y) != nil ? .channelsLast : .rowMajor

    /// The table for the first `batch` of the outermost extent.
    func table(batch: Int) -> [Int32]? {
      let shape = [batch] + x[1...]
      let numbers = Tensor(shape: shape, storage: .int32(sources(shape, layout)))
      guard let moved = try? definition.rearrange([numbers] + operands, count: 1).first, case .int32(let found) = moved.storage,
        moved.shape == (batch == x[0] ? y : [batch] + y.dropFirst())
      else { return nil }
      if target == .channelsLast, let image = ImageShape(moved.shape) { return image.channelsLast(found) }
      return found
    }
    // Most move each image alike: then the table of one serves all. Two are asked to be sure.
    var found: [Int32]?
    var images = 1
    if x[0] == y[0], x[0] > 2, let one = table(batch: 1), let two = table(batch: 2) {
      let step = Int32(x[1...].reduce(1, *))
      if two == one + one.map({ $0 < 0 ? $0 : $0 + step }) { (found, images) = (one, x[0]) }
    }
    guard let table = found ?? table(batch: x[0]) else { return .inapplicable("the operator does not rearrange numbers") }
    let input = try planner.place(of: job.node.inputs[0], as: layout)
    let output = planner.newBuffer(y, target)
    planner.emit(
      Step(
        job.node.label, job.node.opType, "gather", reads: [input], writes: [output],
        work: GatherWork(table: FixedBuffer(table), images: images, step: x.reduce(1, *) / images, fill: fill, input: input, output: output)
      ))
    planner.define(job.node.outputs[0], output)
    return .applicable
  }

  /// The constant inputs behind the first, a padding value replaced by the number −1; and that value.
  private static func operands(_ job: PlanNode) -> ([Tensor?], fill: Float)? {
    var operands: [Tensor?] = []
    for info in job.inputs.dropFirst() {
      if info != nil, info?.value == nil { return nil }
      operands.append(info?.value)
    }
    guard job.node.opType == "Pad" else { return (operands, 0) }
    // Before opset 11 pads and value are attributes: rare, and left to the reference.
    if job.node[attribute: "pads"] != nil { return nil }
    var fill: Float = 0
    if job.inputs.count > 2, job.inputs[2] != nil {
      guard let given = job.floats(2)?.first else { return nil }
      fill = given
    }
    let none = Tensor(shape: [], storage: .int32([-1]))
    if operands.count > 1 { operands[1] = none } else { operands.append(none) }
    return (operands, fill)
  }

  /// For each element in ONNX's order its position in the layout.
  private static func sources(_ shape: [Int], _ layout: Layout) -> [Int32] {
    let count = shape.reduce(1, *)
    guard layout == .channelsLast, let image = ImageShape(shape) else { return (0..<Int32(count)).map { $0 } }
    var numbers = [Int32](repeating: 0, count: count)
    for b in 0..<image.batch {
      for c in 0..<image.channels {
        for p in 0..<image.pixels {
          numbers[(b * image.channels + c) * image.pixels + p] = Int32((b * image.pixels + p) * image.channels + c)
        }
      }
    }
    return numbers
  }
}

/// `y[b·n + i] = x[b·step + table[i]]`, `n` the length of the table.
struct GatherWork: StepWork {
  /// Position of each output element in the input, or −1 for `fill`.
  let table: FixedBuffer<Int32>
  let images, step: Int
  let fill: Float
  let input, output: Place
  private static let block = 1 << 14

  func run(_ frame: Frame) {
    let x = frame.read(input)
    let y = frame.write(output)
    let from = table.pointer
    let count = table.count
    let blocks = (count + Self.block - 1) / Self.block
    frame.parallel(images * blocks) { task, _ in
      let source = x + task / blocks * step
      let target = y + task / blocks * count
      let first = task % blocks * Self.block
      // SAFETY: the table was made from the positions of one image of the input, all below `step`; the output holds images·count floats.
      for i in first..<min(count, first + Self.block) {
        let position = Int(from[i])
        target[i] = position < 0 ? fill : source[position]
      }
    }
  }
}
