/// The input repeated `repeats[k]` times along each axis.
public struct Tile: RearrangingOperator, Equatable {
  public static let opTypes = ["Tile"]

  private let label: String

  public init(_ node: Node, opset: Int) throws(GraphError) { label = node.label }

  private func check(_ repeats: [Int], rank: Int) throws(GraphError) {
    guard repeats.count == rank, repeats.allSatisfy({ $0 >= 0 }) else {
      throw GraphError(.shape, node: label, "repeats \(repeats) for an input of rank \(rank)")
    }
  }

  public func inferShapes(_ inputs: [TensorInfo?], count: Int) throws(GraphError) -> [TensorInfo] {
    let x = try inputs.required(0, "input", node: label)
    guard let shape = x.shape else { return [TensorInfo(x.type, nil)] }
    guard case .known(let repeats) = try inputs.list(1, "repeats", node: label) else {
      return [TensorInfo(x.type, shape.map { _ in .unknown })]
    }
    try check(repeats, rank: shape.count)
    var result: [Dimension] = []
    for (dimension, times) in zip(shape, repeats) {
      if times == 1 {
        result.append(dimension)
      } else if let extent = dimension.value {
        result.append(.fixed(try Extents.count([extent, times], node: label)))
      } else {
        result.append(.unknown)
      }
    }
    return [TensorInfo(x.type, result)]
  }

  public func rearrange(_ inputs: [Tensor?], count: Int) throws(GraphError) -> [Tensor] {
    let x = try inputs.required(0, "input", node: label)
    let repeats = try inputs.required(1, "repeats", node: label).extents("repeats", node: label)
    try check(repeats, rank: x.rank)
    var extents: [Int] = []
    for (extent, times) in zip(x.shape, repeats) { extents.append(try Extents.count([extent, times], node: label)) }
    _ = try Extents.count(extents, node: label)
    return [try x.picked(zip(x.axisOffsets, repeats).map { Array(repeatElement($0, count: $1).joined()) }, node: label)]
  }
}
