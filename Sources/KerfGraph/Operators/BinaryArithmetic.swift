/// `y = a ∘ b` element by element, shapes broadcast as in NumPy.
///
/// Integers: `Div` goes towards zero, `Mod` takes the divisor's sign (`fmod=1`: the dividend's). `Pow` has the type of `a`,
/// all others one type.
public struct BinaryArithmetic: OperatorDefinition, Equatable {
  public static let opTypes = Operation.allCases.map(\.rawValue)

  public enum Operation: String, CaseIterable, Sendable {
    case add = "Add"
    case sub = "Sub"
    case mul = "Mul"
    case div = "Div"
    case pow = "Pow"
    case mod = "Mod"
    case bitwiseAnd = "BitwiseAnd"
    case bitwiseOr = "BitwiseOr"
    case bitwiseXor = "BitwiseXor"
  }

  public let operation: Operation
  /// `Mod`: the remainder takes the dividend's sign, as C's `fmod`.
  public let truncates: Bool
  private let label: String

  public init(_ node: Node, opset: Int) throws(GraphError) {
    label = node.label
    guard let operation = Operation(rawValue: node.opType) else {
      throw GraphError(.unsupported, node: label, "\(node.opType) is no arithmetic of two inputs")
    }
    self.operation = operation
    truncates = try AttributeReader(node).bool("fmod", default: false)
  }

  public func inferOutputs(_ inputs: [TensorInfo?], count: Int) throws(GraphError) -> [TensorInfo] {
    let a = try inputs.required(0, "A", node: label)
    let b = try inputs.required(1, "B", node: label)
    if a.type != b.type, operation != .pow { throw GraphError(.shape, node: label, "\(a.type) and \(b.type) do not mix") }
    guard let sa = a.shape, let sb = b.shape else { return [TensorInfo(a.type, nil)] }
    return [TensorInfo(a.type, try Extents.broadcast([sa, sb], node: label), value: try value(a.value, b.value))]
  }

  /// The result of shape arithmetic: small `int64` tensors.
  private func value(_ a: Tensor?, _ b: Tensor?) throws(GraphError) -> Tensor? {
    guard let a, let b, a.type == .int64, b.type == .int64 else { return nil }
    let shape = try Extents.broadcast([a.shape, b.shape], node: label)
    guard try Extents.count(shape, node: label) <= ShapeArithmetic.mostElements,
      let left = try a.expanded(to: shape, node: label).integers(), let right = try b.expanded(to: shape, node: label).integers()
    else { return nil }
    var result: [Int64] = []
    for (p, q) in zip(left, right) {
      switch operation {
      case .add: result.append(p &+ q)
      case .sub: result.append(p &- q)
      case .mul: result.append(p &* q)
      case .div where q != 0: result.append(p.dividedReportingOverflow(by: q).partialValue)
      default: return nil
      }
    }
    return Tensor(result, shape: shape)
  }
}
