/// Passes its input on: networks are run, not trained. The second output, the mask of what was kept, is all true.
///
/// From opset 12 on `ratio` and `training_mode` are inputs; training with a ratio above 0 is not supported by the engine.
public struct Dropout: OperatorDefinition, Equatable {
  public static let opTypes = ["Dropout"]

  /// Whether the mask has the input's type and not booleans (before opset 10).
  public let masksInKind: Bool
  package let label: String

  public init(_ node: Node, opset: Int) throws(GraphError) {
    masksInKind = opset < 10
    label = node.label
  }

  public func inferOutputs(_ inputs: [TensorInfo?], count: Int) throws(GraphError) -> [TensorInfo] {
    let read = OperandReader("Dropout", node: label, inputs)
    let x = try read.required(0, "data")
    return try read.outputs([TensorInfo(x.type, x.shape), TensorInfo(masksInKind ? x.type : .bool, x.shape)], count: count)
  }
}
