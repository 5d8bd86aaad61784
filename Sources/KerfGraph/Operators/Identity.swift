/// `y = x`.
public struct Identity: RearrangingOperator, Equatable {
  public static let opTypes = ["Identity"]

  private let label: String

  public init(_ node: Node, opset: Int) throws(GraphError) { label = node.label }

  public func inferOutputs(_ inputs: [TensorInfo?], count: Int) throws(GraphError) -> [TensorInfo] {
    [try inputs.required(0, "input", node: label)]
  }

  public func inferShapes(_ inputs: [TensorInfo?], count: Int) throws(GraphError) -> [TensorInfo] {
    [try inputs.required(0, "input", node: label)]
  }

  public func rearrange(_ inputs: [Tensor?], count: Int) throws(GraphError) -> [Tensor] {
    [try inputs.required(0, "input", node: label)]
  }
}
