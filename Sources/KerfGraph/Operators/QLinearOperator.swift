/// Operators of onnxruntime (`com.microsoft`) that are an operator on real numbers with quantized operands:
/// `y = quantize(f(dequantize(x₀), dequantize(x₁), …))`.
///
/// Every operand is followed by its scale and its zero point, all scalars.
public struct QLinearOperator: OperatorDefinition {
  public static let opTypes = [
    "QLinearAdd", "QLinearMul", "QLinearConcat", "QLinearLeakyRelu", "QLinearSigmoid", "QLinearSoftmax", "QLinearAveragePool",
    "QLinearGlobalAveragePool",
  ]
  public static let domains = ["com.microsoft"]

  /// ONNX's operator on real numbers and the operator set in whose sense it is meant.
  public let real: Node
  public let opset: Int
  /// Positions of the operands, each followed by its scale and its zero point.
  public let operands: [Int]
  /// Position of the result's scale, followed by its zero point.
  public let resultScale: Int
  package let label: String
  private let opType: String

  public init(_ node: Node, opset: Int) throws(GraphError) {
    label = node.label
    opType = node.opType
    let read = AttributeReader(node)
    let count = node.inputs.count
    switch node.opType {
    case "QLinearAdd", "QLinearMul": (operands, resultScale) = ([0, 3], 6)
    case "QLinearConcat": (operands, resultScale) = (Array(stride(from: 2, to: max(5, count), by: 3)), 0)
    default: (operands, resultScale) = ([0], 3)
    }
    if try read.bool("channels_last", default: false) {
      throw GraphError(.unsupported, node: label, "\(opType) with its channels last")
    }
    // Softmax says in which version's sense it is meant.
    self.opset = node.opType == "QLinearSoftmax" ? try read.int("opset", default: opset) : opset
    real = Node(
      String(node.opType.dropFirst("QLinear".count)), name: node.label, inputs: operands.map { $0 < count ? node.inputs[$0] : "" },
      outputs: node.outputs, attributes: node.attributes.filter { $0.name != "channels_last" && $0.name != "opset" })
    _ = try definition()
  }

  /// The operator on real numbers.
  public func definition() throws(GraphError) -> any OperatorDefinition {
    guard let definition = try OperatorRegistry.definition(of: real, opset: opset) else {
      throw GraphError(.unsupported, node: label, "\(opType) needs \(real.opType), which is not known")
    }
    return definition
  }

  public func inferOutputs(_ inputs: [TensorInfo?], count: Int) throws(GraphError) -> [TensorInfo] {
    let read = OperandReader(opType, node: label, inputs)
    var reals: [TensorInfo?] = []
    for place in operands {
      let operand = try read.required(place, "operand")
      _ = try read.required(place + 1, "scale")
      try read.expectScalar(place + 1, "scale")
      try read.expectScalar(place + 2, "zero point")
      reals.append(TensorInfo(.float, operand.shape))
    }
    _ = try read.required(resultScale, "y_scale")
    try read.expectScalar(resultScale, "y_scale")
    try read.expectScalar(resultScale + 1, "y_zero_point")
    let first = try read.required(operands[0], "operand").type
    let type = read.optional(resultScale + 1)?.type ?? first
    return try definition().inferOutputs(reals, count: count).map { TensorInfo(type, $0.shape) }
  }
}
