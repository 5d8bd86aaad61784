/// `y = scale·(x − mean) / √(variance + ε) + B` with mean and variance over each image's channel, or over groups of channels.
///
/// `x [B, C, d…]`. `InstanceNormalization` takes one group a channel; `GroupNormalization` takes `num_groups` and (before opset 21)
/// one scale and bias a group.
/// - Reference: Ulyanov, Vedaldi and Lempitsky, arXiv:1607.08022; Wu and He, Group Normalization, ECCV 2018.
public struct InstanceNormalization: OperatorDefinition, Equatable {
  public static let opTypes = ["InstanceNormalization", "GroupNormalization"]

  /// Number of groups, or `nil` for one a channel.
  public let groups: Int?
  public let epsilon: Float
  /// Whether `scale` and `B` have an entry a group, not a channel.
  public let scalesGroups: Bool
  package let label: String
  private let opType: String

  public init(_ node: Node, opset: Int) throws(GraphError) {
    let read = AttributeReader(node)
    label = node.label
    opType = node.opType
    epsilon = try read.float("epsilon", default: 1e-5)
    groups = node.opType == "GroupNormalization" ? try read.int("num_groups", default: 0) : nil
    scalesGroups = groups != nil && opset < 21
    if let groups, groups < 1 { throw GraphError(.attribute, node: label, "num_groups \(groups) must be at least 1") }
  }

  public func inferOutputs(_ inputs: [TensorInfo?], count: Int) throws(GraphError) -> [TensorInfo] {
    let read = OperandReader(opType, node: label, inputs)
    let x = try read.required(0, "X")
    _ = try read.required(1, "scale")
    _ = try read.required(2, "B")
    if let shape = x.shape {
      guard shape.count >= 2 else { throw GraphError(.shape, node: label, "an input of rank \(shape.count) has no channels") }
      if let groups, let channels = shape[1].value, channels % groups != 0 {
        throw GraphError(.shape, node: label, "\(channels) channels cannot be split in \(groups) groups")
      }
      let extent = scalesGroups ? groups.map { .fixed($0) } ?? shape[1] : shape[1]
      try read.expectVector(1, "scale", extent: extent)
      try read.expectVector(2, "B", extent: extent)
    }
    return try read.outputs([TensorInfo(x.type, x.shape)], count: count)
  }
}
