/// A matrix of the same elements: axes before `axis` become rows, the others columns.
public struct Flatten: RearrangingOperator, Equatable {
  public static let opTypes = ["Flatten"]

  public let axis: Int
  private let label: String

  public init(_ node: Node, opset: Int) throws(GraphError) {
    axis = try AttributeReader(node).int("axis", default: 1)
    label = node.label
  }

  public func inferShapes(_ inputs: [TensorInfo?], count: Int) throws(GraphError) -> [TensorInfo] {
    let x = try inputs.required(0, "input", node: label)
    guard let shape = x.shape else { return [TensorInfo(x.type, [.unknown, .unknown])] }
    // The axis may be the rank itself: all axes become rows.
    let axis = axis == shape.count ? axis : try Extents.axis(axis, rank: shape.count, node: label)
    var result: [Dimension] = []
    for part in [Array(shape[..<axis]), Array(shape[axis...])] {
      if part.count == 1 {
        result.append(part[0])
      } else if let extents = part.fixed {
        result.append(.fixed(try Extents.count(extents, node: label)))
      } else {
        result.append(.unknown)
      }
    }
    return [TensorInfo(x.type, result)]
  }

  public func rearrange(_ inputs: [Tensor?], count: Int) throws(GraphError) -> [Tensor] {
    let x = try inputs.required(0, "input", node: label)
    let info = TensorInfo(x.type, x.shape.map { .fixed($0) })
    return [x.reshaped(to: try inferShapes([info], count: 1)[0].fixedShape ?? x.shape)]
  }
}
