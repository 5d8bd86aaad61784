/// The same elements without some axes of extent 1 (left out: without all of them), or with such axes added.
///
/// `axes` is an attribute up to opset 12, an input from 13. `Unsqueeze` counts its axes in the output's rank.
public struct Squeeze: RearrangingOperator, Equatable {
  public static let opTypes = ["Squeeze", "Unsqueeze"]

  public let adds: Bool
  private let stated: [Int]?
  private let label: String

  public init(_ node: Node, opset: Int) throws(GraphError) {
    label = node.label
    adds = node.opType == "Unsqueeze"
    stated = opset < 13 ? try AttributeReader(node).ints("axes") : nil
    if adds, opset < 13, stated == nil { throw GraphError(.attribute, node: label, "axes is missing") }
  }

  private func shape(_ input: [Dimension], axes: [Int]?) throws(GraphError) -> [Dimension]? {
    if adds {
      guard let axes else { throw GraphError(.structure, node: label, "input 1 (axes) is missing") }
      let added = try Extents.axes(axes, rank: input.count + axes.count, node: label)
      var result = input
      for axis in added.sorted() { result.insert(.fixed(1), at: axis) }
      return result
    }
    guard let axes else { return input.fixed.map { $0.filter { $0 != 1 }.map { .fixed($0) } } }
    let dropped = try Extents.axes(axes, rank: input.count, node: label)
    if let axis = dropped.first(where: { (input[$0].value ?? 1) != 1 }) {
      throw GraphError(.shape, node: label, "axis \(axis) of extent \(input[axis].value ?? 0) cannot be squeezed")
    }
    return input.indices.filter { !dropped.contains($0) }.map { input[$0] }
  }

  public func inferShapes(_ inputs: [TensorInfo?], count: Int) throws(GraphError) -> [TensorInfo] {
    let x = try inputs.required(0, "data", node: label)
    guard let shape = x.shape else { return [TensorInfo(x.type, nil)] }
    switch try inputs.list(1, "axes", node: label) {
    case .absent: return [TensorInfo(x.type, try self.shape(shape, axes: stated))]
    case .known(let axes): return [TensorInfo(x.type, try self.shape(shape, axes: axes))]
    case .unknown(let number):
      let rank = number.map { adds ? shape.count + $0 : shape.count - $0 }
      return [TensorInfo(x.type, rank.flatMap { (0...64).contains($0) ? Array(repeating: .unknown, count: $0) : nil })]
    }
  }

  public func rearrange(_ inputs: [Tensor?], count: Int) throws(GraphError) -> [Tensor] {
    let x = try inputs.required(0, "data", node: label)
    let axes = try inputs.integers(1, "axes", node: label) ?? stated
    return [x.reshaped(to: try shape(x.shape.map { .fixed($0) }, axes: axes)?.fixed ?? x.shape)]
  }
}
