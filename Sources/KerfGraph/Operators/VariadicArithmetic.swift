/// Minimum, maximum, sum or mean of any number of tensors, element by element, shapes broadcast as in NumPy.
///
/// A NaN in any of them makes NaN.
public struct VariadicArithmetic: OperatorDefinition, Equatable {
  public static let opTypes = Operation.allCases.map(\.rawValue)

  public enum Operation: String, CaseIterable, Sendable {
    case min = "Min"
    case max = "Max"
    case sum = "Sum"
    case mean = "Mean"
  }

  public let operation: Operation
  private let label: String

  public init(_ node: Node, opset: Int) throws(GraphError) {
    label = node.label
    guard let operation = Operation(rawValue: node.opType) else {
      throw GraphError(.unsupported, node: label, "\(node.opType) is no arithmetic of many inputs")
    }
    self.operation = operation
  }

  public func inferOutputs(_ inputs: [TensorInfo?], count: Int) throws(GraphError) -> [TensorInfo] {
    let first = try inputs.required(0, "data_0", node: label)
    var shapes: [[Dimension]] = []
    for i in inputs.indices {
      let x = try inputs.required(i, "data_\(i)", node: label)
      if x.type != first.type { throw GraphError(.shape, node: label, "\(first.type) and \(x.type) do not mix") }
      guard let shape = x.shape else { return [TensorInfo(first.type, nil)] }
      shapes.append(shape)
    }
    return [TensorInfo(first.type, try Extents.broadcast(shapes, node: label))]
  }
}
