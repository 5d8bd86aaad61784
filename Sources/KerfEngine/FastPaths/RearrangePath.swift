import KerfGraph

/// Operators whose output elements are input elements in other places: one table of sources, found once by letting the operator itself rearrange
/// the numbers 0, 1, 2, …
enum RearrangePath: FastPath {
  static let opTypes = ["Slice", "Pad", "Transpose", "Tile", "Expand", "Gather"]

  static func plan(_ job: PlanNode, _ planner: Planner) throws(EngineError) -> Applicability {
    guard let x = job.floatShape(0), !x.isEmpty, x.reduce(1, *) > 0, let first = Move(job) else {
      return .inapplicable("not float32 of fixed extents, or what to move is not constant")
    }
    var moves = [first]
    while let last = moves.last, let index = planner.soleReader(of: last.job.node.outputs[0]) {
      let next = planner.job(index)
      guard opTypes.contains(next.node.opType), next.node.inputs.first == last.job.node.outputs[0], let move = Move(next),
        moves.allSatisfy({ $0.fill == nil || move.fill == nil || $0.fill == move.fill })
      else { break }
      moves.append(move)
    }
    let layout = planner.readyLayout(job.node.inputs[0]) ?? .rowMajor
    guard let plan = GatherTable(moves, x, layout) ?? GatherTable([first], x, layout) else {
      return .inapplicable("the operator does not rearrange numbers")
    }
    moves = Array(moves.prefix(plan.moves))
    for move in moves.dropFirst() { planner.markFused(move.job.index) }
    // Values move the same way as levels, where what pads them is one.
    let fill = moves.lazy.compactMap(\.fill).first ?? 0
    if let held = planner.levels(of: job.node.inputs[0]), ImageShape(x) != nil || plan.layout == .rowMajor,
      case let level = held.levels.level(fill), level == level.rounded(), 0...255 ~= level,
      (ImageShape(plan.shape) != nil) == (plan.layout == .channelsLast)
    {
      let input = try planner.place(of: held.source, as: .levels)
      let output = planner.newBuffer(plan.shape, .levels)
      planner.emit(
        Step(
          job.node.label, moves.map(\.job.node.opType).joined(separator: "+"), "gather", reads: [input], writes: [output],
          work: GatherWork(
            table: FixedBuffer(plan.sources), images: plan.images, step: x.reduce(1, *) / plan.images, fill: level, input: input,
            output: output)))
      planner.define(moves[moves.count - 1].job.node.outputs[0], output, as: held.levels)
      return .applicable
    }
    let input = try planner.place(of: job.node.inputs[0], as: layout)
    let output = planner.newBuffer(plan.shape, plan.layout)
    planner.emit(
      Step(
        job.node.label, moves.map(\.job.node.opType).joined(separator: "+"), "gather", reads: [input], writes: [output],
        work: GatherWork(
          table: FixedBuffer(plan.sources), images: plan.images, step: x.reduce(1, *) / plan.images,
          fill: fill, input: input, output: output)))
    planner.define(moves[moves.count - 1].job.node.outputs[0], output)
    return .applicable
  }
}

/// An operator that rearranges elements, with its constant operands.
private struct Move {
  let job: PlanNode
  let definition: any RearrangingOperator
  /// Behind the first; a padding value is replaced by the number −1.
  let operands: [Tensor?]
  /// The padding value.
  let fill: Float?
  let shape: [Int]

  init?(_ job: PlanNode) {
    guard let definition = job.definition as? any RearrangingOperator, let y = job.outputShape, y.reduce(1, *) > 0 else { return nil }
    var operands: [Tensor?] = []
    for info in job.inputs.dropFirst() {
      if info != nil, info?.value == nil { return nil }
      operands.append(info?.value)
    }
    var fill: Float?
    if job.node.opType == "Pad" {
      // Before opset 11 pads and value are attributes: rare, and left to the reference.
      if job.node[attribute: "pads"] != nil { return nil }
      fill = 0
      if job.inputs.count > 2, job.inputs[2] != nil {
        guard let given = job.floats(2)?.first else { return nil }
        fill = given
      }
      let none = Tensor(shape: [], storage: .int32([-1]))
      if operands.count > 1 { operands[1] = none } else { operands.append(none) }
    }
    (self.job, self.definition, self.operands, self.fill, shape) = (job, definition, operands, fill, y)
  }
}

/// The position in the input of each element of what several moves make of it.
private struct GatherTable {
  let sources: [Int32]
  /// Images that the table serves, one after another.
  let images: Int
  let layout: Layout
  let shape: [Int]
  let moves: Int

  init?(_ moves: [Move], _ x: [Int], _ layout: Layout) {
    guard let y = moves.last?.shape, max(x.reduce(1, *), y.reduce(1, *)) < Int(Int32.max) else { return nil }
    let target: Layout = layout == .channelsLast && ImageShape(y) != nil ? .channelsLast : .rowMajor
    /// The table for the first `batch` of the outermost extent.
    func table(batch: Int) -> [Int32]? {
      let shape = [batch] + x[1...]
      var numbers = Tensor(shape: shape, storage: .int32(Self.sources(shape, layout)))
      for move in moves {
        guard let moved = try? move.definition.rearrange([numbers] + move.operands, count: 1).first,
          moved.shape == (batch == x[0] ? move.shape : [batch] + move.shape.dropFirst())
        else { return nil }
        numbers = moved
      }
      guard case .int32(let found) = numbers.storage else { return nil }
      if target == .channelsLast, let image = ImageShape(numbers.shape) { return image.channelsLast(found) }
      return found
    }
    // Most move each image alike: then the table of one serves all. Two are asked to be sure.
    var found: [Int32]?
    var images = 1
    if x[0] > 2, moves.allSatisfy({ $0.shape.first == x[0] }), let one = table(batch: 1), let two = table(batch: 2) {
      let step = Int32(x[1...].reduce(1, *))
      if two == one + one.map({ $0 < 0 ? $0 : $0 + step }) { (found, images) = (one, x[0]) }
    }
    guard let table = found ?? table(batch: x[0]) else { return nil }
    (sources, self.images, self.layout, shape, self.moves) = (table, images, target, y, moves.count)
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
    if output.layout == .levels {
      move(frame.readLevels(input), frame.writeLevels(output), fill: UInt8(fill), frame)
    } else {
      move(frame.read(input), frame.write(output), fill: fill, frame)
    }
  }

  private func move<Element>(_ x: UnsafePointer<Element>, _ y: UnsafeMutablePointer<Element>, fill: Element, _ frame: Frame) {
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
