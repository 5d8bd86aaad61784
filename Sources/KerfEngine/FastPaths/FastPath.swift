import KerfGraph

/// A quick implementation of some operators on float32 values of fixed shape in the arena.
///
/// One file a path, one line in `FastPathRegistry`. Where none applies, the operator's reference implementation runs.
package protocol FastPath: Sendable {
  static var opTypes: [String] { get }
  /// Adds the node's steps to the plan, fused with nodes behind it where that pays, or says why it cannot and adds nothing.
  static func plan(_ job: PlanNode, _ planner: Planner) throws(EngineError) -> Applicability
}

/// A node as the planner sees it.
package struct PlanNode {
  /// Its place in the planner's list.
  let index: Int
  let node: Node
  let definition: any OperatorDefinition
  let inputs: [TensorInfo?]
  let outputs: [TensorInfo]

  /// The shape of input `i` where it is float32 and fixed.
  func floatShape(_ i: Int) -> [Int]? {
    guard i < inputs.count, let info = inputs[i], info.type == .float else { return nil }
    return info.fixedShape
  }

  /// The elements of input `i` where they are known and float32.
  func floats(_ i: Int) -> [Float]? {
    guard i < inputs.count, let value = inputs[i]?.value, case .float(let elements) = value.storage else { return nil }
    return elements
  }

  /// Shape of the first output where it is float32 and fixed.
  var outputShape: [Int]? { outputs.first.flatMap { $0.type == .float ? $0.fixedShape : nil } }

  func macs() -> Int {
    let shapes = outputs.compactMap(\.fixedShape)
    guard shapes.count == outputs.count else { return 0 }
    return definition.macs(inputs: inputs.map { $0?.fixedShape }, outputs: shapes)
  }
}
