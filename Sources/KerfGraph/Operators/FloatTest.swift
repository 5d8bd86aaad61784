/// Which elements are NaN (`IsNaN`) or infinite (`IsInf`, with `detect_negative` and `detect_positive`), as booleans.
public struct FloatTest: OperatorDefinition, Equatable {
  public static let opTypes = ["IsNaN", "IsInf"]

  public let findsNaN: Bool
  public let findsNegative: Bool
  public let findsPositive: Bool
  private let label: String

  public init(_ node: Node, opset: Int) throws(GraphError) {
    let read = AttributeReader(node)
    label = node.label
    findsNaN = node.opType == "IsNaN"
    findsNegative = try read.bool("detect_negative", default: true)
    findsPositive = try read.bool("detect_positive", default: true)
  }

  public func inferOutputs(_ inputs: [TensorInfo?], count: Int) throws(GraphError) -> [TensorInfo] {
    [TensorInfo(.bool, try inputs.required(0, "X", node: label).shape)]
  }
}
