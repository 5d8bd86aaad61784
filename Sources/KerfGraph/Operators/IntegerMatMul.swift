/// Matrix product of quantized numbers, summed exactly in 32-bit integers.
///
/// `s = Σ (A − a_zero)·(B − b_zero)` over the last two axes as of `MatMul`. `MatMulInteger` (A, B, a_zero_point, b_zero_point) gives `s` as
/// int32. `QLinearMatMul` (a, a_scale, a_zero_point, b, b_scale, b_zero_point, y_scale, y_zero_point) gives
/// `saturate(round(s·a_scale·b_scale/y_scale) + y_zero)`, rounded to the nearest even.
///
/// A's scale and zero point are scalars, `[M]` or `[…, M, 1]`; B's are scalars, `[N]` or `[…, 1, N]`.
public struct IntegerMatMul: OperatorDefinition, Equatable {
  public static let opTypes = ["MatMulInteger", "QLinearMatMul"]

  /// Whether real scales make the result a quantized number again.
  public let requantizes: Bool
  package let label: String
  private let product: MatMul

  public init(_ node: Node, opset: Int) throws(GraphError) {
    requantizes = node.opType == "QLinearMatMul"
    label = node.label
    product = try MatMul(node, opset: opset)
  }

  /// The position of B; that of A is 0.
  public var rightOperand: Int { requantizes ? 3 : 1 }
  /// The positions of the zero points.
  public var zeroPoints: (a: Int, b: Int) { requantizes ? (2, 5) : (2, 3) }

  /// The shape under which one of A's scales or zero points broadcasts to A, or of B's to B.
  public static func stretching(_ shape: [Int], rows: Bool) -> [Int] { rows && shape.count == 1 ? shape + [1] : shape }

  public func inferOutputs(_ inputs: [TensorInfo?], count: Int) throws(GraphError) -> [TensorInfo] {
    let read = OperandReader(requantizes ? "QLinearMatMul" : "MatMulInteger", node: label, inputs)
    let a = try read.required(0, "A")
    let b = try read.required(rightOperand, "B")
    for (place, operand, rows) in [(zeroPoints.a, a, true), (zeroPoints.b, b, false)] {
      for index in requantizes ? [place - 1, place] : [place] {
        guard let shape = operand.fixedShape, let own = read.optional(index)?.fixedShape, own.contains(where: { $0 != 1 }) else { continue }
        let name = requantizes && index < place ? "scale" : "zero point"
        let stretched = Self.stretching(own, rows: rows && shape.count > 1)
        // One along the axis that is summed over: every term of a sum has the same scale.
        let summed = shape.count < 2 || stretched.count < (rows ? 1 : 2) ? 1 : stretched[stretched.count - (rows ? 1 : 2)]
        guard stretched.count <= shape.count, summed == 1,
          zip(stretched.reversed(), shape.reversed()).allSatisfy({ $0 == 1 || $0 == $1 })
        else { throw GraphError(.shape, node: label, "a \(name) of shape \(own) does not serve an operand of shape \(shape)") }
      }
    }
    var result = try product.inferOutputs([a, b], count: count)
    if requantizes {
      _ = try read.required(1, "a_scale")
      _ = try read.required(4, "b_scale")
      _ = try read.required(6, "y_scale")
      try read.expectScalar(6, "y_scale")
      try read.expectScalar(7, "y_zero_point")
    }
    let type = requantizes ? try read.required(7, "y_zero_point").type : .int32
    for i in result.indices { result[i].type = type }
    return result
  }

  public func macs(inputs: [[Int]?], outputs: [[Int]]) -> Int {
    guard let a = inputs.first else { return 0 }
    return product.macs(inputs: [a], outputs: outputs)
  }
}
