/// Every ONNX operator that Kerf knows. One line adds one: inference, the engine, `inspect` and the conformance tests read this list.
public enum OperatorRegistry {
  public static let all: [any OperatorDefinition.Type] = [
    Conv.self
  ]

  private static let byName: [String: any OperatorDefinition.Type] = Dictionary(
    all.flatMap { type in type.opTypes.map { ($0, type) } }, uniquingKeysWith: { first, _ in first })

  /// The parsed operator of a node, or `nil` where Kerf does not know the operator (it is then only carried).
  public static func definition(of node: Node, opset: Int) throws(GraphError) -> (any OperatorDefinition)? {
    guard node.domain.isEmpty, let type = byName[node.opType] else { return nil }
    return try type.init(node, opset: opset)
  }
}
