/// Blocks of `blocksize`² pixels to channels and back.
///
/// `SpaceToDepth`: `[B, C, H, W]` → `[B, b²C, H/b, W/b]`, `DepthToSpace` back: pixel `(i, j)` of a block of channel `c` (of `C`)
/// is channel `(i·b + j)·C + c` (`mode` DCR) or `c·b² + i·b + j` (CRD).
public struct SpaceToDepth: RearrangingOperator, Equatable {
  public static let opTypes = ["SpaceToDepth", "DepthToSpace"]

  /// `SpaceToDepth` and not `DepthToSpace`.
  public let deepens: Bool
  /// The block's pixels are the slow part of the deep channel (DCR), else the fast part (CRD).
  public let isDepthFirst: Bool
  public let block: Int
  private let label: String

  public init(_ node: Node, opset: Int) throws(GraphError) {
    let read = AttributeReader(node)
    label = node.label
    block = try read.int("blocksize", default: 0)
    guard (1...4096).contains(block) else { throw GraphError(.attribute, node: label, "blocksize \(block) must be 1 to 4096") }
    let mode = try read.string("mode", default: "DCR")
    guard mode == "DCR" || mode == "CRD" else { throw GraphError(.attribute, node: label, "mode '\(mode)' is neither DCR nor CRD") }
    isDepthFirst = mode == "DCR"
    deepens = node.opType == "SpaceToDepth"
  }

  public func inferShapes(_ inputs: [TensorInfo?], count: Int) throws(GraphError) -> [TensorInfo] {
    let x = try inputs.required(0, "input", node: label)
    guard let shape = x.shape else { return [TensorInfo(x.type, Array(repeating: .unknown, count: 4))] }
    guard shape.count == 4 else { throw GraphError(.shape, node: label, "an input of rank \(shape.count), not 4") }
    func scaled(_ axis: Int, up: Bool, by factor: Int) throws(GraphError) -> Dimension {
      guard let extent = shape[axis].value else { return .unknown }
      if up { return .fixed(try Extents.count([extent, factor], node: label)) }
      guard extent % factor == 0 else {
        throw GraphError(.shape, node: label, "extent \(extent) of axis \(axis) is no multiple of \(factor)")
      }
      return .fixed(extent / factor)
    }
    return [
      TensorInfo(
        x.type,
        [
          shape[0], try scaled(1, up: deepens, by: block * block), try scaled(2, up: !deepens, by: block),
          try scaled(3, up: !deepens, by: block),
        ])
    ]
  }

  public func rearrange(_ inputs: [Tensor?], count: Int) throws(GraphError) -> [Tensor] {
    let x = try inputs.required(0, "input", node: label)
    let info = TensorInfo(x.type, x.shape.map { .fixed($0) })
    guard let y = try inferShapes([info], count: 1)[0].fixedShape else { return [] }
    let (split, order): ([Int], [Int]) =
      switch (deepens, isDepthFirst) {
      case (true, true): ([y[0], x.shape[1], y[2], block, y[3], block], [0, 3, 5, 1, 2, 4])
      case (true, false): ([y[0], x.shape[1], y[2], block, y[3], block], [0, 1, 3, 5, 2, 4])
      case (false, true): ([y[0], block, block, y[1], x.shape[2], x.shape[3]], [0, 3, 4, 1, 5, 2])
      case (false, false): ([y[0], y[1], block, block, x.shape[2], x.shape[3]], [0, 1, 4, 2, 5, 3])
      }
    let offsets = x.reshaped(to: split).axisOffsets
    return [try x.picked(order.map { offsets[$0] }, node: label).reshaped(to: y)]
  }
}
