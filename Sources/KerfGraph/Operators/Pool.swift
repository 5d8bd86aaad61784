/// What the pooling operators share: a window over the spatial axes of `x [B, C, d…]`, each channel for itself.
public struct Pool: Sendable, Equatable {
  public let window: Window
  /// Whether a last window that only partly lies in the padded input counts.
  public let ceilMode: Bool
  private let opType: String
  package let label: String

  init(_ node: Node) throws(GraphError) {
    window = try Window(node)
    ceilMode = try AttributeReader(node).bool("ceil_mode", default: false)
    opType = node.opType
    label = node.label
    if window.kernel == nil { throw GraphError(.attribute, node: label, "\(opType) needs kernel_shape") }
  }

  /// The windows of all axes for spatial extents that are known.
  public func axes(input: [Int]) throws(GraphError) -> [Window.Axis] {
    try window.axes(input: input, kernel: nil, node: label, roundingUp: ceilMode)
  }

  /// The output's type and shape.
  func output(_ inputs: [TensorInfo?]) throws(GraphError) -> TensorInfo {
    let x = try OperandReader(opType, node: label, inputs).required(0, "X")
    guard let shape = x.shape else { return TensorInfo(x.type, nil) }
    guard shape.count >= 3 else { throw GraphError(.shape, node: label, "an input of rank \(shape.count) has no spatial axis") }
    let spatial = try window.outputExtents(Array(shape[2...]), kernel: nil, node: label, roundingUp: ceilMode)
    return TensorInfo(x.type, shape[..<2] + spatial)
  }
}
