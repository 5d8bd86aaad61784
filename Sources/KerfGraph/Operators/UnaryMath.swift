/// `y = f(x)` element by element, for the functions of a pocket calculator.
///
/// `Round` goes to nearest, ties to even. `Sign` of NaN is NaN.
public struct UnaryMath: OperatorDefinition, Equatable {
  public static let opTypes = Function.allCases.map(\.rawValue)

  public enum Function: String, CaseIterable, Sendable {
    case abs = "Abs"
    case neg = "Neg"
    case sign = "Sign"
    case floor = "Floor"
    case ceil = "Ceil"
    case round = "Round"
    case reciprocal = "Reciprocal"
    case sqrt = "Sqrt"
    case exp = "Exp"
    case log = "Log"
    case sin = "Sin"
    case cos = "Cos"
    case tan = "Tan"
    case asin = "Asin"
    case acos = "Acos"
    case atan = "Atan"
    case sinh = "Sinh"
    case cosh = "Cosh"
    case asinh = "Asinh"
    case acosh = "Acosh"
    case atanh = "Atanh"
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
