/// `y[…, j…, …] = x[…, indices[j…], …]` along `axis`; negative indices count from the end.
public struct Gather: RearrangingOperator, Equatable {
  public static let opTypes = ["Gather"]

  public let axis: Int
  private let label: String

  public init(_ node: Node, opset: Int) throws(GraphError) {
    axis = try AttributeReader(node).int("axis", default: 0)
    label = node.label
  }

  public func inferShapes(_ inputs: [TensorInfo?], count: Int) throws(GraphError) -> [TensorInfo] {
    let x = try inputs.required(0, "data", node: label)
    let indices = try inputs.required(1, "indices", node: label)
    guard let xs = x.shape, let js = indices.shape else { return [TensorInfo(x.type, nil)] }
    let axis = try Extents.axis(axis, rank: xs.count, node: label)
    return [TensorInfo(x.type, Array(xs[..<axis]) + js + Array(xs[(axis + 1)...]))]
  }

  public func rearrange(_ inputs: [Tensor?], count: Int) throws(GraphError) -> [Tensor] {
    let x = try inputs.required(0, "data", node: label)
    let indices = try inputs.required(1, "indices", node: label)
    let axis = try Extents.axis(axis, rank: x.rank, node: label)
    var offsets = x.axisOffsets
    let all = offsets[axis]
    offsets[axis] = []
    for index in try indices.extents("indices", node: label) {
      offsets[axis].append(all[try Extents.index(index, extent: x.shape[axis], node: label)])
    }
    let shape = Array(x.shape[..<axis]) + indices.shape + Array(x.shape[(axis + 1)...])
    return [try x.picked(offsets, node: label).reshaped(to: shape)]
  }
}

extension Extents {
  /// An index counted from the front: −1 is the last of `extent`.
  package static func index(_ index: Int, extent: Int, node: String) throws(GraphError) -> Int {
    guard index >= -extent, index < extent else {
      throw GraphError(.shape, node: node, "index \(index) is outside of an axis of \(extent)")
    }
    return index < 0 ? index + extent : index
  }
}
