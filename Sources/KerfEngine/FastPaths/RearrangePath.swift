import KerfGraph

/// Operators whose output elements are input elements in other places: one table of sources, found once by letting the operator itself rearrange
/// the numbers 0, 1, 2, …
enum RearrangePath: FastPath {
  static let opTypes = ["Slice", "Pad", "DepthToSpace", "SpaceToDepth", "Transpose", "Tile", "Expand"]

  static func plan(_ job: PlanNode, _ planner: Planner) throws(EngineError) -> Applicability {
    guard let definition = job.definition as? any RearrangingOperator, let x = job.floatShape(0), let y = job.outputShape, !x.isEmpty,
      x.reduce(1, *) > 0, y.reduce(1, *) > 0, max(x.reduce(1, *), y.reduce(1, *)) < Int(Int32.max)
    else { return .inapplicable("not float32 of fixed extents") }
    var operands: [Tensor?] = []
    var fill: Float = 0
    for (i, info) in job.inputs.enumerated().dropFirst() {
      guard let info else {
        operands.append(nil)
        continue
      }
      guard let value = info.value else { return .inapplicable("input \(i) is not constant") }
      if job.node.opType == "Pad", i == 2 {
        guard let given = job.floats(2)?.first else { return .inapplicable("the padding is not float32") }
        fill = given
        operands.append(Tensor(shape: value.shape, storage: .int32([-1])))
      } else {
        operands.append(value)
      }
    }
    if job.node.opType == "Pad" {
      // Without a stated value the padding is zero, which is also the number of the first element: state one.
      if case .some(.float(let stated)) = job.node[attribute: "value"] { if stated != 0 { return .inapplicable("the padding is an attribute") } }
      while operands.count < 1 { operands.append(nil) }
      if operands.count == 1 { operands.append(Tensor(shape: [], storage: .int32([-1]))) } else if operands[1] == nil {
        operands[1] = Tensor(shape: [], storage: .int32([-1]))
      }
      if job.node[attribute: "pads"] != nil { return .inapplicable("pads are an attribute") }
    }
    let layout = planner.readyLayout(job.node.inputs[0]) ?? .rowMajor
    let target: Layout = layout == .channelsLast && ImageShape(y) != nil ? .channelsLast : .rowMajor
    let numbers = sources(x, layout)
    guard let moved = try? definition.rearrange([Tensor(shape: x, storage: .int32(numbers))] + operands, count: 1).first,
      case .int32(var table) = moved.storage, moved.shape == y
    else { return .inapplicable("the operator does not rearrange numbers") }
    if target == .channelsLast, let image = ImageShape(y) { table = image.channelsLast(table) }
    let input = try planner.place(of: job.node.inputs[0], as: layout)
    let output = planner.newBuffer(y, target)
    planner.emit(
      Step(
        job.node.label, job.node.opType, "gather", reads: [input], writes: [output],
        work: GatherWork(table: FixedBuffer(table), fill: fill, input: input, output: output)))
    planner.define(job.node.outputs[0], output)
    return .applicable
  }

  /// For each element in ONNX's order its position in the layout.
  private static func sources(_ shape: [Int], _ layout: Layout) -> [Int32] {
    let count = shape.reduce(1, *)
    guard layout == .channelsLast, let image = ImageShape(shape) else { return (0..<Int32(count)).map { $0 } }
    var numbers = [Int32](repeating: 0, count: count)
    for b in 0..<image.batch {
      for c in 0..<image.channels {
        for p in 0..<image.pixels { numbers[(b * image.channels + c) * image.pixels + p] = Int32((b * image.pixels + p) * image.channels + c) }
      }
    }
    return numbers
  }
}

struct GatherWork: StepWork {
  /// Position of each output element in the input, or −1 for `fill`.
  let table: FixedBuffer<Int32>
  let fill: Float
  let input, output: Place
  private static let block = 1 << 14

  func run(_ frame: Frame) {
    let x = frame.read(input), y = frame.write(output)
    let from = table.pointer
    let count = table.count
    frame.parallel((count + Self.block - 1) / Self.block) { task, _ in
      // SAFETY: the table was made from the input's own positions, all below its count; it is as long as the output.
      for i in task * Self.block..<min(count, (task + 1) * Self.block) {
        let source = Int(from[i])
        y[i] = source < 0 ? fill : x[source]
      }
    }
  }
}
