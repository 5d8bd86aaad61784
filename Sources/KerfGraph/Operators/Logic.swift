/// `y = a ∧ b`, `a ∨ b`, `a ⊕ b` (shapes broadcast as in NumPy) and `¬a` on booleans.
public struct Logic: OperatorDefinition, Equatable {
  public static let opTypes = Connective.allCases.map(\.rawValue)

  public enum Connective: String, CaseIterable, Sendable {
    case and = "And"
    case or = "Or"
    case xor = "Xor"
    case not = "Not"
  }

  public let connective: Connective
  private let label: String

  public init(_ node: Node, opset: Int) throws(GraphError) {
    label = node.label
    guard let connective = Connective(rawValue: node.opType) else {
      throw GraphError(.unsupported, node: label, "\(node.opType) is no connective")
    }
    self.connective = connective
  }

  public func inferOutputs(_ inputs: [TensorInfo?], count: Int) throws(GraphError) -> [TensorInfo] {
    let number = connective == .not ? 1 : 2
    var shapes: [[Dimension]] = []
    for i in 0..<number {
      let x = try inputs.required(i, "AB".dropFirst(i).prefix(1).description, node: label)
      if x.type != .bool { throw GraphError(.shape, node: label, "\(x.type) instead of booleans") }
      guard let shape = x.shape else { return [TensorInfo(.bool, nil)] }
      shapes.append(shape)
    }
    return [TensorInfo(.bool, try Extents.broadcast(shapes, node: label))]
  }
}
