/// `Y = α·A′·B′ + β·C` on matrices, where `′` is the transpose if `transA` or `transB` says so.
///
/// `A′ [M, K]`, `B′ [K, N]`, `C` broadcasts to `[M, N]` and may be left out; output `[M, N]`.
public struct Gemm: OperatorDefinition, Equatable {
  public static let opTypes = ["Gemm"]

  public let alpha, beta: Float
  public let transA, transB: Bool
  package let label: String

  public init(_ node: Node, opset: Int) throws(GraphError) {
    let read = AttributeReader(node)
    label = node.label
    alpha = try read.float("alpha", default: 1)
    beta = try read.float("beta", default: 1)
    transA = try read.bool("transA", default: false)
    transB = try read.bool("transB", default: false)
  }

  public func inferOutputs(_ inputs: [TensorInfo?], count: Int) throws(GraphError) -> [TensorInfo] {
    let read = OperandReader("Gemm", node: label, inputs)
    let a = try read.required(0, "A")
    let b = try read.required(1, "B")
    guard let shapeA = a.shape, let shapeB = b.shape else {
      return try read.outputs([TensorInfo(a.type, [.unknown, .unknown])], count: count)
    }
    guard shapeA.count == 2, shapeB.count == 2 else {
      throw GraphError(.shape, node: label, "Gemm takes matrices, not tensors of rank \(shapeA.count) and \(shapeB.count)")
    }
    let (m, k) = transA ? (shapeA[1], shapeA[0]) : (shapeA[0], shapeA[1])
    let (l, n) = transB ? (shapeB[1], shapeB[0]) : (shapeB[0], shapeB[1])
    guard read.agree(k, l) else {
      throw GraphError(.shape, node: label, "A has \(k.text) columns, B \(l.text) rows")
    }
    try read.expectBroadcast(2, "C", to: [m, n])
    return try read.outputs([TensorInfo(a.type, [m, n])], count: count)
  }

  public func macs(inputs: [[Int]?], outputs: [[Int]]) -> Int {
    guard let a = inputs.first ?? nil, a.count == 2, let y = outputs.first else { return 0 }
    return (y + [transA ? a[0] : a[1]]).saturatingProduct
  }
}
