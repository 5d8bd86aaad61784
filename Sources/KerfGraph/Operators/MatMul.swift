/// `Y = A·B` over the last two axes, the leading ones broadcast as NumPy's `matmul` does.
///
/// `A […, M, K]`, `B […, K, N]`, output `[…, M, N]`. A vector `A` is a row, a vector `B` a column, and that axis is dropped again.
public struct MatMul: OperatorDefinition, Equatable {
  public static let opTypes = ["MatMul"]

  package let label: String

  public init(_ node: Node, opset: Int) throws(GraphError) { label = node.label }

  public func inferOutputs(_ inputs: [TensorInfo?], count: Int) throws(GraphError) -> [TensorInfo] {
    let read = OperandReader("MatMul", node: label, inputs)
    let a = try read.required(0, "A")
    let b = try read.required(1, "B")
    guard let left = a.shape, let right = b.shape else { return try read.outputs([TensorInfo(a.type, nil)], count: count) }
    guard let k = left.last, let n = right.last else {
      throw GraphError(.shape, node: label, "MatMul takes no scalars")
    }
    let rows = right.count == 1 ? n : right[right.count - 2]
    guard read.agree(k, rows) else {
      throw GraphError(.shape, node: label, "A has \(k.text) columns, B \(rows.text) rows")
    }
    var shape = try Extents.broadcast([Array(left.dropLast(2)), Array(right.dropLast(2))], node: label)
    if left.count > 1 { shape.append(left[left.count - 2]) }
    if right.count > 1 { shape.append(n) }
    return try read.outputs([TensorInfo(a.type, shape)], count: count)
  }

  public func macs(inputs: [[Int]?], outputs: [[Int]]) -> Int {
    guard let a = inputs.first ?? nil, let k = a.last, let y = outputs.first else { return 0 }
    return (y + [k]).saturatingProduct
  }
}
