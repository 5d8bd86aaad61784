import KerfGraph

/// Operators that change nothing but the shape, or nothing at all: no step, the same memory under another name.
enum ReshapePath: FastPath {
  static let opTypes = ["Reshape", "Flatten", "Squeeze", "Unsqueeze", "Identity", "Dropout"]

  static func plan(_ job: PlanNode, _ planner: Planner) throws(EngineError) -> Applicability {
    guard let x = job.floatShape(0), let y = job.outputShape, x.reduce(1, *) == y.reduce(1, *) else {
      return .inapplicable("not float32 of fixed extents")
    }
    if job.node.outputs.dropFirst().contains(where: { planner.isWanted($0) }) { return .inapplicable("a mask is wanted") }
    if job.node.opType == "Dropout", job.inputs.count > 2, job.inputs[2] != nil { return .inapplicable("training mode") }
    let name = job.node.inputs[0]
    if x == y, planner.alias(name, as: job.node.outputs[0]) { return .applicable }
    // Levels lie channels last: they keep their order only where there is one pixel or one channel, before and behind.
    if let held = planner.levels(of: name), let place = try? planner.place(of: held.source, as: .levels),
      [x, y].allSatisfy({ shape in ImageShape(shape).map { $0.channels == 1 || $0.pixels == 1 } ?? true })
    {
      planner.define(job.node.outputs[0], place.reshaped(y), as: held.levels)
      return .applicable
    }
    let place = try planner.place(of: name, as: .rowMajor)
    planner.define(job.node.outputs[0], place.reshaped(y))
    return .applicable
  }
}
