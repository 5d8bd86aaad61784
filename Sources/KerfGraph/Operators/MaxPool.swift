/// `y = max x` over each window; padding never wins.
///
/// The second output has the place of each maximum in the flattened input, counted row-major or, with `storage_order` 1, column-major
/// within a channel.
public struct MaxPool: OperatorDefinition, Equatable {
  public static let opTypes = ["MaxPool"]

  public let pool: Pool
  /// Whether the indices count the spatial axes column-major.
  public let columnMajorIndices: Bool
  package let label: String

  public init(_ node: Node, opset: Int) throws(GraphError) {
    pool = try Pool(node)
    columnMajorIndices = try AttributeReader(node).bool("storage_order", default: false)
    label = node.label
  }

  public func inferOutputs(_ inputs: [TensorInfo?], count: Int) throws(GraphError) -> [TensorInfo] {
    let y = try pool.output(inputs)
    return try OperandReader("MaxPool", node: label, inputs).outputs([y, TensorInfo(.int64, y.shape)], count: count)
  }
}
