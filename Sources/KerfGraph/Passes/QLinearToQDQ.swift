/// Rewrites operators on quantized numbers as operators on real ones between `DequantizeLinear` and `QuantizeLinear`.
///
/// `QLinearConv`, `QLinearMatMul`, `QGemm` and onnxruntime's other `QLinear…` become `Conv`, `MatMul`, `Gemm`, …; a 32-bit bias is dequantized
/// by the product of its operands' scales. Operators that move quantized numbers without computing (`MaxPool`, `Reshape`, `Concat` of
/// slices, …) are put between such a pair too, with the quantization of what they read, so that whole networks take the form in which the
/// engine looks for integer executions. Results differ from the original's by at most a step, where a value lies on the border of two.
///
/// Left as they are: `ConvInteger` and `MatMulInteger`, nodes whose scales are not constants where a product of scales is needed, scales per
/// row, and models of an operator set (below 13) whose `DequantizeLinear` has no axis.
public struct QLinearToQDQ: Pass {
  public static let name = "qlinear-to-qdq"
  public static let summary = "Rewrites QLinear operators as real ones between DequantizeLinear and QuantizeLinear."

  public init() {}

  public func run(on model: inout Model, with context: PassContext) throws(GraphError) {
    if model.opset >= 13 { try model.graph.rewriteQLinear(opset: model.opset) }
  }
}

extension Graph {
  /// See `QLinearToQDQ`.
  /// - Returns: how many nodes were rewritten.
  @discardableResult
  public mutating func rewriteQLinear(opset: Int) throws(GraphError) -> Int {
    var rewriter = QLinearRewriter(self, opset: opset)
    for node in nodes { try rewriter.take(node) }
    guard rewriter.rewritten > 0 else { return 0 }
    let read = nodes.flatMap(\.inputs)
    nodes = rewriter.nodes
    initializers += rewriter.added
    removeInitializers(unreadAmong: read)
    return rewriter.rewritten
  }
}
