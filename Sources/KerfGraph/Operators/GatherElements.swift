/// `y[i, j, k] = x[indices[i, j, k], j, k]` for axis 0, and so on: one index an output element.
public struct GatherElements: RearrangingOperator, Equatable {
  public static let opTypes = ["GatherElements"]

  public let axis: Int
  private let label: String

  public init(_ node: Node, opset: Int) throws(GraphError) {
    axis = try AttributeReader(node).int("axis", default: 0)
    label = node.label
  }

  public func inferShapes(_ inputs: [TensorInfo?], count: Int) throws(GraphError) -> [TensorInfo] {
    [TensorInfo(try inputs.required(0, "data", node: label).type, try inputs.required(1, "indices", node: label).shape)]
  }

  public func rearrange(_ inputs: [Tensor?], count: Int) throws(GraphError) -> [Tensor] {
    let x = try inputs.required(0, "data", node: label)
    let indices = try inputs.required(1, "indices", node: label)
    let axis = try Extents.axis(axis, rank: x.rank, node: label)
    guard indices.rank == x.rank, zip(indices.shape, x.shape).enumerated().allSatisfy({ $0 == axis || $1.0 <= $1.1 }) else {
      throw GraphError(.shape, node: label, "indices of \(indices.shape) do not fit data of \(x.shape)")
    }
    let strides = Extents.strides(x.shape)
    let outStrides = Extents.strides(indices.shape)
    var picks = try indices.extents("indices", node: label)
    for i in picks.indices {
      var offset = try Extents.index(picks[i], extent: x.shape[axis], node: label) * strides[axis]
      for k in strides.indices where k != axis { offset += i / outStrides[k] % indices.shape[k] * strides[k] }
      picks[i] = offset
    }
    guard let y = x.picking(picks, shape: indices.shape) else {
      throw GraphError(.unsupported, node: label, "elements of \(x.type) are only carried")
    }
    return [y]
  }
}
