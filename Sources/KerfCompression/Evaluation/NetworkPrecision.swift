import KerfGraph

/// In which precision the layers of a network compute, read off its graph.
struct NetworkPrecision {
  /// Convolutions and matrix products.
  private(set) var layers = 0
  /// Those of which both operands are integers of 8 bits: dequantized in front of the layer, or taken as they are.
  private(set) var quantized = 0

  private static let onReals: Set = ["Conv", "ConvTranspose", "Gemm", "MatMul"]
  private static let onIntegers: Set = ["ConvInteger", "MatMulInteger", "QGemm", "QLinearConv", "QLinearMatMul"]

  init(_ model: Model) {
    let nodes = model.graph.nodes
    let dequantized = Set(nodes.lazy.filter { $0.opType == "DequantizeLinear" }.flatMap(\.outputs))
    for node in nodes where Self.onReals.contains(node.opType) || Self.onIntegers.contains(node.opType) {
      layers += 1
      if Self.onIntegers.contains(node.opType) || node.inputs.prefix(2).allSatisfy(dequantized.contains) { quantized += 1 }
    }
  }

  /// `"float32"`, `"int8"` or `"int8 in 5 of 7 layers"`.
  var text: String {
    if quantized == 0 { return "float32" }
    return quantized == layers ? "int8" : "int8 in \(quantized) of \(layers) layers"
  }
}
