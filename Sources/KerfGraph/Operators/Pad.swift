/// The input with elements added (or, by negative pads, taken) before and after each axis.
///
/// `y[i] = x[i − before]` where that is inside; outside by `mode`: `constant` a value, `edge` the nearest element, `reflect` the
/// mirror image without the edge, `wrap` the other end. Pads are attributes up to opset 10, inputs from 11, with `axes` from 18.
public struct Pad: RearrangingOperator, Equatable {
  public static let opTypes = ["Pad"]

  public enum Mode: String, Sendable { case constant, reflect, edge, wrap }

  public let mode: Mode
  private let stated: [Int]?
  private let value: Float
  private let label: String

  public init(_ node: Node, opset: Int) throws(GraphError) {
    let read = AttributeReader(node)
    label = node.label
    let word = try read.string("mode", default: "constant")
    guard let mode = Mode(rawValue: word) else {
      throw GraphError(.attribute, node: label, "mode '\(word)' is none of constant, reflect, edge, wrap")
    }
    self.mode = mode
    value = opset < 11 ? try read.float("value", default: 0) : 0
    stated = opset < 11 ? try read.ints("pads") : nil
    if opset < 11, stated == nil { throw GraphError(.attribute, node: label, "pads is missing") }
  }

  /// Elements before and after each of `rank` axes.
  private func pads(_ list: [Int], axes: [Int]?, rank: Int) throws(GraphError) -> [(before: Int, after: Int)] {
    let axes = try axes.map { (list) throws(GraphError) in try Extents.axes(list, rank: rank, node: label) } ?? Array(0..<rank)
    guard list.count == 2 * axes.count, list.allSatisfy({ abs($0.clamped) <= Extents.mostElements }) else {
      throw GraphError(.shape, node: label, "pads \(list) for \(axes.count) axes")
    }
    var result = [(before: Int, after: Int)](repeating: (0, 0), count: rank)
    for (i, axis) in axes.enumerated() { result[axis] = (list[i], list[i + axes.count]) }
    return result
  }

  public func inferShapes(_ inputs: [TensorInfo?], count: Int) throws(GraphError) -> [TensorInfo] {
    let x = try inputs.required(0, "data", node: label)
    guard let shape = x.shape else { return [TensorInfo(x.type, nil)] }
    let unknown = [TensorInfo(x.type, shape.map { _ in Dimension.unknown })]
    var list = stated
    if list == nil {
      guard case .known(let pads) = try inputs.list(1, "pads", node: label) else { return unknown }
      list = pads
    }
    var axes: [Int]?
    switch try inputs.list(3, "axes", node: label) {
    case .absent: break
    case .known(let stated): axes = stated
    case .unknown: return unknown
    }
    var result: [Dimension] = []
    for (dimension, pad) in zip(shape, try pads(list ?? [], axes: axes, rank: shape.count)) {
      let added = pad.before + pad.after
      if let extent = dimension.value {
        result.append(.fixed(max(0, extent + added)))
      } else {
        result.append(added == 0 ? dimension : .unknown)
      }
    }
    return [TensorInfo(x.type, result)]
  }

  public func rearrange(_ inputs: [Tensor?], count: Int) throws(GraphError) -> [Tensor] {
    let x = try inputs.required(0, "data", node: label)
    let fed = try inputs.integers(1, "pads", node: label)
    guard let list = stated ?? fed else {
      throw GraphError(.structure, node: label, "input 1 (pads) is missing")
    }
    let pads = try pads(list, axes: try inputs.integers(3, "axes", node: label), rank: x.rank)
    _ = try Extents.count(zip(x.shape, pads).map { max(0, $0 + $1.before + $1.after) }, node: label)
    var offsets: [[Int]] = []
    for (k, all) in x.axisOffsets.enumerated() { offsets.append(try positions(all, pads[k])) }
    guard mode == .constant else { return [try x.picked(offsets, node: label)] }
    let zero = try Tensor([value], shape: [1]).converted(to: x.type, node: label)
    let fill = inputs.optional(2) ?? zero
    guard fill.count == 1 else { throw GraphError(.shape, node: label, "constant_value has \(fill.count) elements") }
    return [try x.picked(offsets, fill: fill, node: label)]
  }

  /// Where the elements of one padded axis come from, −1 for the constant. Negative pads cut first, the rest is added to what is left.
  private func positions(_ all: [Int], _ pad: (before: Int, after: Int)) throws(GraphError) -> [Int] {
    let first = min(all.count, max(0, -pad.before))
    let last = max(first, all.count - max(0, -pad.after))
    let kept = Array(all[first..<last])
    let before = max(0, pad.before)
    let after = max(0, pad.after)
    let n = kept.count
    if before + after == 0 { return kept }
    if mode == .constant { return Array(repeating: -1, count: before) + kept + Array(repeating: -1, count: after) }
    if n == 0 { throw GraphError(.shape, node: label, "an empty axis cannot be padded by \(mode.rawValue)") }
    return (-before..<n + after).map { i in
      switch mode {
      case .edge, .constant: return kept[min(max(i, 0), n - 1)]
      case .wrap: return kept[(i % n + n) % n]
      case .reflect:
        // The mirror image repeats every 2(n − 1) elements.
        let period = max(1, 2 * (n - 1))
        let at = (i % period + period) % period
        return kept[min(at, period - at) % n]
      }
    }
  }
}

extension Int {
  /// The number, with the one that has no opposite moved by one.
  fileprivate var clamped: Int { Swift.max(self, -Int.max) }
}
