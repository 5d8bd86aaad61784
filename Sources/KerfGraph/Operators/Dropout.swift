/// Passes its input on; the second output is the mask of what was kept.
///
/// From opset 12 on `ratio` and `training_mode` are inputs: a node that trains keeps each element with probability `1 − ratio` and
/// scales it by `1 / (1 − ratio)`.
/// - Reference: Srivastava et al., Dropout, JMLR 15, 2014.
public struct Dropout: OperatorDefinition, Equatable {
  public static let opTypes = ["Dropout"]

  /// Whether the mask has the input's type and not booleans (before opset 10).
  public let masksInKind: Bool
  /// Seed of the mask; 0 where the node states none.
  public let seed: Int
  package let label: String

  public init(_ node: Node, opset: Int) throws(GraphError) {
    masksInKind = opset < 10
    seed = try AttributeReader(node).int("seed", default: 0)
    label = node.label
  }

  public func inferOutputs(_ inputs: [TensorInfo?], count: Int) throws(GraphError) -> [TensorInfo] {
    let read = OperandReader("Dropout", node: label, inputs)
    let x = try read.required(0, "data")
    return try read.outputs([TensorInfo(x.type, x.shape), TensorInfo(masksInKind ? x.type : .bool, x.shape)], count: count)
  }
}
