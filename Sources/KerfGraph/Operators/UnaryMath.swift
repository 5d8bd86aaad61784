/// `y = f(x)` element by element, for the functions of a pocket calculator.
///
/// `Round` goes to nearest, ties to even. `Sign` of NaN is NaN.
public struct UnaryMath: OperatorDefinition, Equatable {
  public static let opTypes = Function.allCases.map(\.rawValue)

  public enum Function: String, CaseIterable, Sendable {
    case abs = "Abs", neg = "Neg", sign = "Sign"
    case floor = "Floor", ceil = "Ceil", round = "Round"
    case reciprocal = "Reciprocal", sqrt = "Sqrt", exp = "Exp", log = "Log"
    case sin = "Sin", cos = "Cos", tan = "Tan", asin = "Asin", acos = "Acos", atan = "Atan"
    case sinh = "Sinh", cosh = "Cosh", asinh = "Asinh", acosh = "Acosh", atanh = "Atanh"
    case bitwiseNot = "BitwiseNot"
  }

  public let function: Function
  private let label: String

  public init(_ node: Node, opset: Int) throws(GraphError) {
    label = node.label
    guard let function = Function(rawValue: node.opType) else {
      throw GraphError(.unsupported, node: label, "\(node.opType) is no function of one input")
    }
    self.function = function
  }

  public func inferOutputs(_ inputs: [TensorInfo?], count: Int) throws(GraphError) -> [TensorInfo] {
    let x = try inputs.required(0, "X", node: label)
    return [TensorInfo(x.type, x.shape)]
  }
}
