/// Convolution of quantized numbers, summed exactly in 32-bit integers.
///
/// `a[b, n, o] = B[n] + Σ (W[n, c, k] − W_zero[n])·(x[b, c, o·stride + k·dilation − before] − x_zero)`; the padding is `x_zero`, which stands
/// for 0. `ConvInteger` (x, W, x_zero_point, W_zero_point; no B) gives `a` as int32. `QLinearConv` (x, x_scale, x_zero_point, W, W_scale,
/// W_zero_point, y_scale, y_zero_point, B) gives `saturate(round(a·x_scale·W_scale[n]/y_scale) + y_zero)`, rounded to the nearest even.
/// W's scale and zero point are scalars or have one entry an output channel.
public struct IntegerConv: OperatorDefinition, Equatable {
  public static let opTypes = ["ConvInteger", "QLinearConv"]

  /// Where a node has its operands; `nil` where the operator has none of that kind.
  public struct Operands: Sendable, Equatable {
    public let x, w, xZero, wZero: Int
    public let bias: Int?
    /// Positions of the scales, each followed by its zero point: x's, W's, y's.
    public let scales: (x: Int, w: Int, y: Int)?

    public static func == (a: Operands, b: Operands) -> Bool { a.x == b.x && a.w == b.w }
  }

  /// Window and groups, as of the convolution of real numbers.
  public let conv: Conv
  public let operands: Operands
  private let opType: String
  package var label: String { conv.label }

  public init(_ node: Node, opset: Int) throws(GraphError) {
    conv = try Conv(node, opset: opset)
    opType = node.opType
    operands =
      node.opType == "ConvInteger"
      ? Operands(x: 0, w: 1, xZero: 2, wZero: 3, bias: nil, scales: nil)
      : Operands(x: 0, w: 3, xZero: 2, wZero: 5, bias: 8, scales: (1, 4, 6))
  }

  public func inferOutputs(_ inputs: [TensorInfo?], count: Int) throws(GraphError) -> [TensorInfo] {
    let read = OperandReader(opType, node: label, inputs)
    let x = try read.required(operands.x, "x")
    let w = try read.required(operands.w, "w")
    let channels = w.shape?.first ?? .unknown
    try read.expectScalar(operands.xZero, "x_zero_point")
    try read.expectScalarOrVector(operands.wZero, "w_zero_point", extent: channels)
    var result = try conv.inferOutputs([x, w, operands.bias.flatMap { read.optional($0) }], count: count)
    guard let scales = operands.scales else {
      for i in result.indices { result[i].type = .int32 }
      return result
    }
    for (place, name) in [(scales.x, "x_scale"), (scales.w, "w_scale"), (scales.y, "y_scale")] { _ = try read.required(place, name) }
    try read.expectScalar(scales.x, "x_scale")
    try read.expectScalarOrVector(scales.w, "w_scale", extent: channels)
    try read.expectScalar(scales.y, "y_scale")
    try read.expectScalar(scales.y + 1, "y_zero_point")
    for i in result.indices { result[i].type = try read.required(scales.y + 1, "y_zero_point").type }
    return result
  }

  public func macs(inputs: [[Int]?], outputs: [[Int]]) -> Int {
    guard inputs.count > operands.w else { return 0 }
    return conv.macs(inputs: [inputs[operands.x], inputs[operands.w]], outputs: outputs)
  }
}
