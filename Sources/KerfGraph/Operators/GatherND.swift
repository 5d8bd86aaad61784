/// `y[b…, j…] = x[b…, indices[b…, j…, :]]`: the last axis of `indices` holds positions, the first `batch_dims` axes go together.
public struct GatherND: RearrangingOperator, Equatable {
  public static let opTypes = ["GatherND"]

  public let batchAxes: Int
  private let label: String

  public init(_ node: Node, opset: Int) throws(GraphError) {
    batchAxes = try AttributeReader(node).int("batch_dims", default: 0)
    label = node.label
    if batchAxes < 0 { throw GraphError(.attribute, node: label, "batch_dims \(batchAxes) is negative") }
  }

  public func inferShapes(_ inputs: [TensorInfo?], count: Int) throws(GraphError) -> [TensorInfo] {
    let x = try inputs.required(0, "data", node: label)
    guard let xs = x.shape, let js = try inputs.required(1, "indices", node: label).shape, let depth = js.last?.value else {
      return [TensorInfo(x.type, nil)]
    }
    guard batchAxes < js.count, depth >= 1, depth <= xs.count - batchAxes else {
      throw GraphError(.shape, node: label, "positions of \(depth) with batch_dims \(batchAxes) in data of rank \(xs.count)")
    }
    return [TensorInfo(x.type, js.dropLast() + xs[(batchAxes + depth)...])]
  }

  public func rearrange(_ inputs: [Tensor?], count: Int) throws(GraphError) -> [Tensor] {
    let x = try inputs.required(0, "data", node: label)
    let indices = try inputs.required(1, "indices", node: label)
    let infos = [x, indices].map { TensorInfo($0.type, $0.shape.map { .fixed($0) }) }
    guard let shape = try inferShapes(infos, count: 1)[0].fixedShape, let depth = indices.shape.last,
      Array(indices.shape[..<batchAxes]) == Array(x.shape[..<batchAxes])
    else {
      throw GraphError(.shape, node: label, "indices of \(indices.shape) do not fit data of \(x.shape)")
    }
    let strides = Extents.strides(x.shape)
    let positions = try indices.extents("indices", node: label)
    let batches = x.shape[..<batchAxes].reduce(1, *)
    let perBatch = batches == 0 ? 0 : positions.count / depth / batches
    let block = x.shape[(batchAxes + depth)...].reduce(1, *)
    var picks: [Int] = []
    picks.reserveCapacity(try Extents.count(shape, node: label))
    for row in 0..<positions.count / depth {
      var start = row / max(1, perBatch) * (x.count / max(1, batches))
      for k in 0..<depth {
        let axis = batchAxes + k
        start += try Extents.index(positions[row * depth + k], extent: x.shape[axis], node: label) * strides[axis]
      }
      picks.append(contentsOf: start..<start + block)
    }
    guard let y = x.picking(picks, shape: shape) else {
      throw GraphError(.unsupported, node: label, "elements of \(x.type) are only carried")
    }
    return [y]
  }
}
