/// The mean, the maximum or the p-norm of each channel: `x [B, C, d…]` → `[B, C, 1…]`.
public struct GlobalPool: OperatorDefinition, Equatable {
  public enum Form: Sendable, Hashable {
    case average, max
    case lp(Int)
  }

  public static let opTypes = ["GlobalAveragePool", "GlobalMaxPool", "GlobalLpPool"]

  public let form: Form
  package let label: String
  private let opType: String

  public init(_ node: Node, opset: Int) throws(GraphError) {
    label = node.label
    opType = node.opType
    switch node.opType {
    case "GlobalAveragePool": form = .average
    case "GlobalMaxPool": form = .max
    case "GlobalLpPool": form = .lp(try AttributeReader(node).int("p", default: 2))
    case let other: throw GraphError(.unsupported, node: label, "'\(other)' is no global pooling")
    }
    if case .lp(let p) = form, p < 1 { throw GraphError(.attribute, node: label, "p \(p) must be at least 1") }
  }

  public func inferOutputs(_ inputs: [TensorInfo?], count: Int) throws(GraphError) -> [TensorInfo] {
    let read = OperandReader(opType, node: label, inputs)
    let x = try read.required(0, "X")
    guard let shape = x.shape else { return try read.outputs([TensorInfo(x.type, nil)], count: count) }
    guard shape.count >= 2 else { throw GraphError(.shape, node: label, "an input of rank \(shape.count) has no channels") }
    return try read.outputs([TensorInfo(x.type, shape[..<2] + shape[2...].map { _ in .fixed(1) })], count: count)
  }
}
