/// The indices of all elements but 0, in row-major order: `int64[rank, n]`.
public struct NonZero: OperatorDefinition, Equatable {
  public static let opTypes = ["NonZero"]

  private let label: String

  public init(_ node: Node, opset: Int) throws(GraphError) { label = node.label }

  public func inferOutputs(_ inputs: [TensorInfo?], count: Int) throws(GraphError) -> [TensorInfo] {
    let x = try inputs.required(0, "X", node: label)
    return [TensorInfo(.int64, x.shape.map { [.fixed($0.count), .unknown] })]
  }
}
