/// `y[i] = Σ x[j]` for `j ≤ i` along the axis that the second input names; `exclusive`: `j < i`, `reverse`: from the end.
public struct CumSum: OperatorDefinition, Equatable {
  public static let opTypes = ["CumSum"]

  public let isExclusive: Bool
  public let isReverse: Bool
  private let label: String

  public init(_ node: Node, opset: Int) throws(GraphError) {
    let read = AttributeReader(node)
    label = node.label
    isExclusive = try read.bool("exclusive", default: false)
    isReverse = try read.bool("reverse", default: false)
  }

  public func inferOutputs(_ inputs: [TensorInfo?], count: Int) throws(GraphError) -> [TensorInfo] {
    let x = try inputs.required(0, "x", node: label)
    return [TensorInfo(x.type, x.shape)]
  }
}
