/// `y = a ⋚ b` element by element as booleans, shapes broadcast as in NumPy. Comparing with NaN is false.
public struct Comparison: OperatorDefinition, Equatable {
  public static let opTypes = Relation.allCases.map(\.rawValue)

  public enum Relation: String, CaseIterable, Sendable {
    case equal = "Equal"
    case greater = "Greater"
    case less = "Less"
    case greaterOrEqual = "GreaterOrEqual"
    case lessOrEqual = "LessOrEqual"
  }

  public let relation: Relation
  private let label: String

  public init(_ node: Node, opset: Int) throws(GraphError) {
    label = node.label
    guard let relation = Relation(rawValue: node.opType) else {
      throw GraphError(.unsupported, node: label, "\(node.opType) is no comparison")
    }
    self.relation = relation
  }

  public func inferOutputs(_ inputs: [TensorInfo?], count: Int) throws(GraphError) -> [TensorInfo] {
    let a = try inputs.required(0, "A", node: label)
    let b = try inputs.required(1, "B", node: label)
    if a.type != b.type { throw GraphError(.shape, node: label, "\(a.type) and \(b.type) do not mix") }
    guard let sa = a.shape, let sb = b.shape else { return [TensorInfo(.bool, nil)] }
    return [TensorInfo(.bool, try Extents.broadcast([sa, sb], node: label))]
  }
}
