/// `y = x` where `x ≥ 0`, else `slope·x`; `slope` broadcasts to `x`.
/// - Reference: He et al., Delving Deep into Rectifiers, ICCV 2015.
public struct PRelu: OperatorDefinition, Equatable {
  public static let opTypes = ["PRelu"]

  package let label: String

  public init(_ node: Node, opset: Int) throws(GraphError) { label = node.label }

  public func inferOutputs(_ inputs: [TensorInfo?], count: Int) throws(GraphError) -> [TensorInfo] {
    let read = OperandReader("PRelu", node: label, inputs)
    let x = try read.required(0, "X")
    _ = try read.required(1, "slope")
    if let shape = x.shape { try read.expectBroadcast(1, "slope", to: shape) }
    return try read.outputs([TensorInfo(x.type, x.shape)], count: count)
  }
}
