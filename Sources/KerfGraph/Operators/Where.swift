/// `z = condition ? x : y` element by element, all three broadcast as in NumPy.
public struct Where: OperatorDefinition, Equatable {
  public static let opTypes = ["Where"]

  private let label: String

  public init(_ node: Node, opset: Int) throws(GraphError) { label = node.label }

  public func inferOutputs(_ inputs: [TensorInfo?], count: Int) throws(GraphError) -> [TensorInfo] {
    let condition = try inputs.required(0, "condition", node: label)
    let x = try inputs.required(1, "X", node: label)
    let y = try inputs.required(2, "Y", node: label)
    if condition.type != .bool { throw GraphError(.shape, node: label, "a condition of \(condition.type)") }
    if x.type != y.type { throw GraphError(.shape, node: label, "\(x.type) and \(y.type) do not mix") }
    guard let sc = condition.shape, let sx = x.shape, let sy = y.shape else { return [TensorInfo(x.type, nil)] }
    return [TensorInfo(x.type, try Extents.broadcast([sc, sx, sy], node: label), value: try select(condition.value, x.value, y.value))]
  }

  /// The result where all three are known and small.
  private func select(_ condition: Tensor?, _ x: Tensor?, _ y: Tensor?) throws(GraphError) -> Tensor? {
    guard let condition, let x, let y else { return nil }
    let shape = try Extents.broadcast([condition.shape, x.shape, y.shape], node: label)
    guard try Extents.count(shape, node: label) <= ShapeArithmetic.mostElements else { return nil }
    return try select(condition, x, y, shape: shape)
  }

  /// The elements of `x` where the condition holds, else of `y`.
  package func select(_ condition: Tensor, _ x: Tensor, _ y: Tensor, shape: [Int]) throws(GraphError) -> Tensor? {
    let left = try x.expanded(to: shape, node: label)
    let right = try y.expanded(to: shape, node: label)
    guard case .bool(let holds) = try condition.expanded(to: shape, node: label).storage else { return nil }
    return Tensor.Storage.selecting(Choice(condition: holds), from: [left.storage, right.storage]).map { Tensor(shape: shape, storage: $0) }
  }
}
