/// `y[i_p₀, i_p₁, …] = x[i₀, i₁, …]`: axes in another order (`perm`; left out: reversed).
public struct Transpose: RearrangingOperator, Equatable {
  public static let opTypes = ["Transpose"]

  public let permutation: [Int]?
  private let label: String

  public init(_ node: Node, opset: Int) throws(GraphError) {
    permutation = try AttributeReader(node).ints("perm")
    label = node.label
  }

  /// The permutation for an input of this rank.
  public func axes(rank: Int) throws(GraphError) -> [Int] {
    guard let permutation else { return Array((0..<rank).reversed()) }
    guard permutation.sorted() == Array(0..<rank) else {
      throw GraphError(.shape, node: label, "perm \(permutation) is no permutation of \(rank) axes")
    }
    return permutation
  }

  public func inferShapes(_ inputs: [TensorInfo?], count: Int) throws(GraphError) -> [TensorInfo] {
    let x = try inputs.required(0, "data", node: label)
    guard let shape = x.shape else { return [TensorInfo(x.type, permutation.map { $0.map { _ in .unknown } })] }
    return [TensorInfo(x.type, try axes(rank: shape.count).map { shape[$0] })]
  }

  public func rearrange(_ inputs: [Tensor?], count: Int) throws(GraphError) -> [Tensor] {
    let x = try inputs.required(0, "data", node: label)
    let offsets = x.axisOffsets
    return [try x.picked(try axes(rank: x.rank).map { offsets[$0] }, node: label)]
  }
}

extension Tensor {
  /// `picking` for operators: what cannot be picked throws.
  package func picked(_ offsets: [[Int]], fill: Tensor? = nil, node: String) throws(GraphError) -> Tensor {
    _ = try Extents.count(offsets.map(\.count), node: node)
    guard let result = picking(offsets, fill: fill) else {
      throw GraphError(
        .unsupported, node: node, "elements of \(type) are only carried\(fill.map { ", or do not mix with \($0.type)" } ?? "")")
    }
    return result
  }
}
