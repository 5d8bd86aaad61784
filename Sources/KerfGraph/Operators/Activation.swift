/// An activation: one scalar function applied to every element.
public struct Activation: OperatorDefinition, Equatable {
  /// The scalar function with its parameters; the first line of each case is its equation.
  public enum Function: Sendable, Hashable {
    /// `max(0, x)`
    case relu
    /// `x` where `x ≥ 0`, else `alpha·x`
    case leakyRelu(alpha: Float)
    /// `x` where `x > alpha`, else 0
    case thresholdedRelu(alpha: Float)
    /// `x` where `x ≥ 0`, else `alpha·(eˣ − 1)`
    case elu(alpha: Float)
    /// `max(0, x) + min(0, alpha·(exp(x/alpha) − 1))`
    case celu(alpha: Float)
    /// `gamma·x` where `x > 0`, else `gamma·alpha·(eˣ − 1)`
    case selu(alpha: Float, gamma: Float)
    /// `1 / (1 + e⁻ˣ)`
    case sigmoid
    /// `min(1, max(0, alpha·x + beta))`
    case hardSigmoid(alpha: Float, beta: Float)
    /// `x·min(1, max(0, x/6 + 1/2))`
    case hardSwish
    /// `x·sigmoid(alpha·x)`
    case swish(alpha: Float)
    /// `x·tanh(softplus(x))`
    case mish
    /// `log(1 + eˣ)`
    case softplus
    /// `x / (1 + |x|)`
    case softsign
    case tanh
    /// The error function `2/√π ∫₀ˣ exp(−t²) dt`.
    case erf
    /// `x·Φ(x) = x/2·(1 + erf(x/√2))`
    case gelu
    /// `x/2·(1 + tanh(√(2/π)·(x + 0.044715·x³)))`
    case geluTanh
  }

  public static let opTypes = [
    "Relu", "LeakyRelu", "ThresholdedRelu", "Elu", "Celu", "Selu", "Sigmoid", "HardSigmoid", "HardSwish", "Swish", "Mish", "Softplus",
    "Softsign", "Tanh", "Erf", "Gelu",
  ]

  public let function: Function
  package let label: String
  private let opType: String

  public init(_ node: Node, opset: Int) throws(GraphError) {
    let read = AttributeReader(node)
    label = node.label
    opType = node.opType
    switch node.opType {
    case "Relu": function = .relu
    case "LeakyRelu": function = .leakyRelu(alpha: try read.float("alpha", default: 0.01))
    case "ThresholdedRelu": function = .thresholdedRelu(alpha: try read.float("alpha", default: 1))
    case "Elu": function = .elu(alpha: try read.float("alpha", default: 1))
    case "Celu": function = .celu(alpha: try read.float("alpha", default: 1))
    case "Selu":
      function = .selu(
        alpha: try read.float("alpha", default: 1.67326319217681884765625),
        gamma: try read.float("gamma", default: 1.05070102214813232421875))
    case "Sigmoid": function = .sigmoid
    case "HardSigmoid":
      function = .hardSigmoid(alpha: try read.float("alpha", default: 0.2), beta: try read.float("beta", default: 0.5))
    case "HardSwish": function = .hardSwish
    case "Swish": function = .swish(alpha: try read.float("alpha", default: 1))
    case "Mish": function = .mish
    case "Softplus": function = .softplus
    case "Softsign": function = .softsign
    case "Tanh": function = .tanh
    case "Erf": function = .erf
    case "Gelu":
      let word = try read.string("approximate", default: "none")
      guard word == "none" || word == "tanh" else {
        throw GraphError(.attribute, node: label, "approximate '\(word)' is neither none nor tanh")
      }
      function = word == "none" ? .gelu : .geluTanh
    case let other: throw GraphError(.unsupported, node: label, "'\(other)' is no activation")
    }
  }

  public func inferOutputs(_ inputs: [TensorInfo?], count: Int) throws(GraphError) -> [TensorInfo] {
    let read = OperandReader(opType, node: label, inputs)
    let x = try read.required(0, "X")
    return try read.outputs([TensorInfo(x.type, x.shape)], count: count)
  }
}
