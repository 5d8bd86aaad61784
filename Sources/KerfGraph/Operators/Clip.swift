/// `y = min(max, max(min, x))`: where the bounds cross, the upper one wins.
///
/// Before opset 11 the bounds are attributes, from then on scalar inputs; either may be left out.
public struct Clip: OperatorDefinition, Equatable {
  public static let opTypes = ["Clip"]

  /// The bounds that attributes state; `nil` from opset 11 on.
  public let min, max: Float?
  package let label: String

  public init(_ node: Node, opset: Int) throws(GraphError) {
    let read = AttributeReader(node)
    label = node.label
    min = opset < 11 ? try read.float("min", default: -.greatestFiniteMagnitude) : nil
    max = opset < 11 ? try read.float("max", default: .greatestFiniteMagnitude) : nil
  }

  public func inferOutputs(_ inputs: [TensorInfo?], count: Int) throws(GraphError) -> [TensorInfo] {
    let read = OperandReader("Clip", node: label, inputs)
    let x = try read.required(0, "input")
    for (i, name) in [(1, "min"), (2, "max")] {
      guard let bound = read.optional(i) else { continue }
      if bound.type != x.type { throw GraphError(.shape, node: label, "'\(name)' is \(bound.type), the input \(x.type)") }
      if let held = bound.fixedShape, held.saturatingProduct != 1 {
        throw GraphError(.shape, node: label, "'\(name)' of shape \(held) must be a scalar")
      }
    }
    return try read.outputs([TensorInfo(x.type, x.shape)], count: count)
  }
}
