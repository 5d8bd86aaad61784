/// `y = Scale·(x − mean) / √(variance + ε) + B` with mean and variance over the axes from `axis` on; `RMSNormalization` leaves the
/// mean and `B` out: `y = Scale·x / √(mean(x²) + ε)`.
///
/// `Scale` and `B` broadcast to `x`. The second and third output of `LayerNormalization`, the mean and `1/√(variance + ε)`, keep the
/// normalized axes with extent 1.
/// - Reference: Ba, Kiros and Hinton, arXiv:1607.06450; Zhang and Sennrich, NeurIPS 2019.
public struct LayerNormalization: OperatorDefinition, Equatable {
  public static let opTypes = ["LayerNormalization", "RMSNormalization"]

  /// First normalized axis; negative counts from the end.
  public let axis: Int
  public let epsilon: Float
  /// Whether the mean is subtracted.
  public let centers: Bool
  /// Type of the statistics.
  public let stashType: ElementType
  package let label: String

  public init(_ node: Node, opset: Int) throws(GraphError) {
    let read = AttributeReader(node)
    label = node.label
    axis = try read.int("axis", default: -1)
    epsilon = try read.float("epsilon", default: 1e-5)
    centers = node.opType == "LayerNormalization"
    stashType = ElementType(rawValue: Int32(truncatingIfNeeded: try read.int("stash_type", default: 1)))
  }

  public func inferOutputs(_ inputs: [TensorInfo?], count: Int) throws(GraphError) -> [TensorInfo] {
    let read = OperandReader(centers ? "LayerNormalization" : "RMSNormalization", node: label, inputs)
    let x = try read.required(0, "X")
    _ = try read.required(1, "Scale")
    var statistics: [Dimension]?
    if let shape = x.shape {
      let first = try read.axis(axis, rank: shape.count)
      try read.expectBroadcast(1, "Scale", to: shape)
      try read.expectBroadcast(2, "B", to: shape)
      statistics = shape.enumerated().map { $0.offset < first ? $0.element : .fixed(1) }
    }
    let y = TensorInfo(x.type, x.shape)
    let stash = TensorInfo(stashType, statistics)
    return try read.outputs(centers ? [y, stash, stash] : [y], count: count)
  }
}
