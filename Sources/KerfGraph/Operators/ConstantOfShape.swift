/// A tensor of the shape that the input lists, every element `value` (left out: float 0).
public struct ConstantOfShape: RearrangingOperator, Equatable {
  public static let opTypes = ["ConstantOfShape"]

  public let value: Tensor
  private let label: String

  public init(_ node: Node, opset: Int) throws(GraphError) {
    label = node.label
    value = try AttributeReader(node).tensor("value") ?? Tensor([0 as Float], shape: [1])
    if value.count != 1 { throw GraphError(.attribute, node: label, "value has \(value.count) elements, not 1") }
  }

  public func inferShapes(_ inputs: [TensorInfo?], count: Int) throws(GraphError) -> [TensorInfo] {
    switch try inputs.list(0, "input", node: label) {
    case .absent: throw GraphError(.structure, node: label, "input 0 (input) is missing")
    case .known(let extents):
      _ = try Extents.count(extents, node: label)
      return [TensorInfo(value.type, extents.map { .fixed($0) })]
    case .unknown(let rank):
      return [TensorInfo(value.type, rank.flatMap { (0...64).contains($0) ? Array(repeating: .unknown, count: $0) : nil })]
    }
  }

  public func rearrange(_ inputs: [Tensor?], count: Int) throws(GraphError) -> [Tensor] {
    let shape = try inputs.required(0, "input", node: label).extents("input", node: label)
    let number = try Extents.count(shape, node: label)
    guard let constant = value.picking([[Int](repeating: 0, count: number)]) else {
      throw GraphError(.unsupported, node: label, "elements of \(value.type) are only carried")
    }
    return [constant.reshaped(to: shape)]
  }
}
