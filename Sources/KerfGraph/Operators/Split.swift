/// One tensor as several along `axis`.
///
/// Sizes come from the attribute `split` (opset 7 to 12), the input `split` (from 13), or are equal: one part an output of the
/// node, or `num_outputs` (from 18); where they do not divide, the last part is smaller.
public struct Split: RearrangingOperator, Equatable {
  public static let opTypes = ["Split"]

  public let axis: Int
  private let sizes: [Int]?
  private let parts: Int?
  private let label: String

  public init(_ node: Node, opset: Int) throws(GraphError) {
    let read = AttributeReader(node)
    label = node.label
    axis = try read.int("axis", default: 0)
    sizes = opset < 13 ? try read.ints("split") : nil
    parts = opset >= 18 ? try read.optionalInt("num_outputs") : nil
    if let parts, parts < 1 { throw GraphError(.attribute, node: label, "num_outputs \(parts) must be at least 1") }
  }

  /// Extents of the parts of an axis of `extent`.
  private func extents(_ extent: Int, stated: [Int]?, count: Int) throws(GraphError) -> [Int] {
    if let stated = stated ?? sizes {
      if let bad = stated.first(where: { $0 < 0 || $0 > extent }) {
        throw GraphError(.shape, node: label, "a part of \(bad) does not fit into \(extent)")
      }
      guard stated.reduce(0, +) == extent, stated.count >= count else {
        throw GraphError(.shape, node: label, "parts \(stated) must add up to \(extent) and be \(count)")
      }
      return stated
    }
    let number = parts ?? count
    guard number >= count, number >= 1, number <= max(extent, count) else {
      throw GraphError(.shape, node: label, "num_outputs \(number), the node has \(count) outputs, the axis \(extent)")
    }
    let part = (extent + number - 1) / number
    return (0..<number).map { min(part, max(0, extent - $0 * part)) }
  }

  public func inferShapes(_ inputs: [TensorInfo?], count: Int) throws(GraphError) -> [TensorInfo] {
    let x = try inputs.required(0, "input", node: label)
    guard var shape = x.shape else { return Array(repeating: TensorInfo(x.type, nil), count: count) }
    let axis = try Extents.axis(axis, rank: shape.count, node: label)
    var parts = [Dimension](repeating: .unknown, count: count)
    var isKnown = true
    var stated: [Int]?
    switch try inputs.list(1, "split", node: label) {
    case .absent: break
    case .known(let list): stated = list
    case .unknown: isKnown = false
    }
    if isKnown, let extent = shape[axis].value {
      parts = try extents(extent, stated: stated, count: count).map { .fixed($0) }
    } else if let stated = stated ?? sizes, stated.count >= count {
      parts = stated.map { .fixed($0) }
    }
    var result: [TensorInfo] = []
    for part in parts.prefix(count) {
      shape[axis] = part
      result.append(TensorInfo(x.type, shape))
    }
    return result
  }

  public func rearrange(_ inputs: [Tensor?], count: Int) throws(GraphError) -> [Tensor] {
    let x = try inputs.required(0, "input", node: label)
    let axis = try Extents.axis(axis, rank: x.rank, node: label)
    let stated = try inputs.integers(1, "split", node: label)
    var offsets = x.axisOffsets
    let all = offsets[axis]
    var start = 0
    var result: [Tensor] = []
    for extent in try extents(x.shape[axis], stated: stated, count: count).prefix(count) {
      offsets[axis] = Array(all[start..<start + extent])
      start += extent
      result.append(try x.picked(offsets, node: label))
    }
    return result
  }
}
