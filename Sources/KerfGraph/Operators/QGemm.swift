/// `Gemm` of quantized matrices, summed exactly in 32-bit integers (onnxruntime's, `com.microsoft`).
///
/// Inputs A, a_scale, a_zero_point, B, b_scale, b_zero_point, C, y_scale, y_zero_point; `s = C + Σ (A′ − a_zero)·(B′ − b_zero)` with C in units
/// of `alpha·a_scale·b_scale`. The result is `saturate(round(s·alpha·a_scale·b_scale/y_scale) + y_zero)`, or without y_scale the real number
/// `s·alpha·a_scale·b_scale`. B's scale and zero point are scalars or have one entry a column of B′; C broadcasts.
public struct QGemm: OperatorDefinition, Equatable {
  public static let opTypes = ["QGemm"]
  public static let domains = ["com.microsoft"]

  /// `alpha`, `transA` and `transB`, as of the product of real matrices.
  public let gemm: Gemm
  package var label: String { gemm.label }

  public init(_ node: Node, opset: Int) throws(GraphError) { gemm = try Gemm(node, opset: opset) }

  public func inferOutputs(_ inputs: [TensorInfo?], count: Int) throws(GraphError) -> [TensorInfo] {
    let read = OperandReader("QGemm", node: label, inputs)
    let a = try read.required(0, "A")
    let b = try read.required(3, "B")
    var result = try gemm.inferOutputs([a, b, read.optional(6)], count: count)
    let columns = result.first?.shape?.last ?? .unknown
    for (place, name) in [(1, "a_scale"), (4, "b_scale")] { _ = try read.required(place, name) }
    for (place, name) in [(1, "a_scale"), (2, "a_zero_point"), (7, "y_scale"), (8, "y_zero_point")] { try read.expectScalar(place, name) }
    for (place, name) in [(4, "b_scale"), (5, "b_zero_point")] { try read.expectScalarOrVector(place, name, extent: columns) }
    let type = read.optional(7) == nil ? .float : try read.required(8, "y_zero_point").type
    for i in result.indices { result[i].type = type }
    return result
  }

  public func macs(inputs: [[Int]?], outputs: [[Int]]) -> Int {
    guard inputs.count > 3 else { return 0 }
    return gemm.macs(inputs: [inputs[0], inputs[3]], outputs: outputs)
  }
}
