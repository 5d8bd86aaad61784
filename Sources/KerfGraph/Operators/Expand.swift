/// The input broadcast against `shape`: extents of 1 stretch, on either side.
public struct Expand: RearrangingOperator, Equatable {
  public static let opTypes = ["Expand"]

  private let label: String

  public init(_ node: Node, opset: Int) throws(GraphError) { label = node.label }

  public func inferShapes(_ inputs: [TensorInfo?], count: Int) throws(GraphError) -> [TensorInfo] {
    let x = try inputs.required(0, "input", node: label)
    guard case .known(let target) = try inputs.list(1, "shape", node: label), let shape = x.shape else {
      return [TensorInfo(x.type, nil)]
    }
    _ = try Extents.count(target, node: label)
    return [TensorInfo(x.type, try Extents.broadcast([shape, target.map { .fixed($0) }], node: label))]
  }

  public func rearrange(_ inputs: [Tensor?], count: Int) throws(GraphError) -> [Tensor] {
    let x = try inputs.required(0, "input", node: label)
    let target = try inputs.required(1, "shape", node: label).extents("shape", node: label)
    _ = try Extents.count(target, node: label)
    return [try x.expanded(to: try Extents.broadcast([x.shape, target], node: label), node: label)]
  }
}

extension Tensor {
  /// The tensor stretched to a shape that it broadcasts to.
  package func expanded(to shape: [Int], node: String) throws(GraphError) -> Tensor {
    if shape == self.shape { return self }
    _ = try Extents.count(shape, node: node)
    let added = shape.count - rank
    let own = axisOffsets
    let offsets = shape.indices.map { k in
      k < added || self.shape[k - added] == 1 ? [Int](repeating: 0, count: shape[k]) : own[k - added]
    }
    return try picked(offsets, node: node)
  }
}
