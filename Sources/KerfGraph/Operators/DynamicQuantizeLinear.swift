/// Quantizes to uint8 by the range of the elements themselves: `x` → `y`, its scale and its zero point.
///
/// `scale = (max(0, max x) − min(0, min x)) / 255`, `zero = saturate(round(−min(0, min x) / scale))`, `y = saturate(round(x/scale) + zero)`,
/// rounded to the nearest even. Where all elements are 0 the scale is 1.
public struct DynamicQuantizeLinear: OperatorDefinition, Equatable {
  public static let opTypes = ["DynamicQuantizeLinear"]

  package let label: String

  public init(_ node: Node, opset: Int) throws(GraphError) { label = node.label }

  public func inferOutputs(_ inputs: [TensorInfo?], count: Int) throws(GraphError) -> [TensorInfo] {
    let read = OperandReader("DynamicQuantizeLinear", node: label, inputs)
    let x = try read.required(0, "x")
    return try read.outputs([TensorInfo(.uint8, x.shape), TensorInfo(.float, []), TensorInfo(.uint8, [])], count: count)
  }
}
