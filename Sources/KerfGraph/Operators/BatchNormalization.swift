/// `y = scale·(x − mean) / √(var + ε) + B`, one mean and variance a channel.
///
/// `x [B, C, d…]`, the other four inputs `[C]`. With `training_mode` the statistics are those of the batch, and the running ones
/// `running = momentum·running + (1 − momentum)·batch` are the second and third output.
/// - Reference: Ioffe and Szegedy, Batch Normalization, ICML 2015.
public struct BatchNormalization: OperatorDefinition, Equatable {
  public static let opTypes = ["BatchNormalization"]

  public let epsilon, momentum: Float
  public let trainingMode: Bool
  /// Whether a channel shares one mean; before opset 9 a node could ask for one a position.
  public let spatial: Bool
  package let label: String

  public init(_ node: Node, opset: Int) throws(GraphError) {
    let read = AttributeReader(node)
    label = node.label
    epsilon = try read.float("epsilon", default: 1e-5)
    momentum = try read.float("momentum", default: 0.9)
    spatial = opset >= 9 ? true : try read.bool("spatial", default: true)
    // Before opset 14 a node that wants the statistics is one that trains.
    trainingMode = opset >= 14 ? try read.bool("training_mode", default: false) : node.outputs.dropFirst().contains { !$0.isEmpty }
  }

  public func inferOutputs(_ inputs: [TensorInfo?], count: Int) throws(GraphError) -> [TensorInfo] {
    let read = OperandReader("BatchNormalization", node: label, inputs)
    let x = try read.required(0, "X")
    let names = ["scale", "B", "mean", "var"]
    if let shape = x.shape, shape.count < 2, spatial {
      throw GraphError(.shape, node: label, "an input of rank \(shape.count) has no channels")
    }
    for (i, name) in names.enumerated() {
      _ = try read.required(i + 1, name)
      if let shape = x.shape, spatial { try read.expectVector(i + 1, name, extent: shape[1]) }
    }
    let mean = try read.required(3, "mean")
    let statistics = TensorInfo(mean.type, mean.shape)
    return try read.outputs([TensorInfo(x.type, x.shape)] + Array(repeating: statistics, count: 4), count: count)
  }
}
