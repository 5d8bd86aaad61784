/// Every ONNX operator that Kerf knows. One line adds one: inference, the engine, `inspect` and the conformance tests read this list.
public enum OperatorRegistry {
  public static let all: [any OperatorDefinition.Type] = [
    // Tensors: elementwise, reductions, rearrangements, shape arithmetic.
    BinaryArithmetic.self, VariadicArithmetic.self, UnaryMath.self, Comparison.self, Logic.self, FloatTest.self, Where.self,
    Reduce.self, ArgExtremum.self, TopK.self, CumSum.self, NonZero.self,
    Concat.self, Split.self, Slice.self, Reshape.self, Flatten.self, Transpose.self, Squeeze.self, Gather.self,
    GatherElements.self, GatherND.self, Expand.self, Tile.self, Pad.self, SpaceToDepth.self,
    Shape.self, Constant.self, ConstantOfShape.self, RangeOperator.self, Cast.self, Identity.self,

    // Layers of a network.
    Conv.self,
    ConvTranspose.self,
    Gemm.self,
    MatMul.self,
    BatchNormalization.self,
    InstanceNormalization.self,
    LayerNormalization.self,
    LRN.self,
    Activation.self,
    PRelu.self,
    Clip.self,
    Softmax.self,
    MaxPool.self,
    AveragePool.self,
    GlobalPool.self,
    Resize.self,
    Dropout.self,

    // Integers in place of real numbers.
    QuantizeLinear.self,
    DynamicQuantizeLinear.self,
    IntegerConv.self,
    IntegerMatMul.self,
    QGemm.self,
    QLinearOperator.self,
  ]

  private static let byDomain: [String: [String: any OperatorDefinition.Type]] = {
    var result: [String: [String: any OperatorDefinition.Type]] = [:]
    for type in all { for domain in type.domains { for name in type.opTypes { result[domain, default: [:]][name] = type } } }
    return result
  }()

  /// The parsed operator of a node, or `nil` where Kerf does not know the operator (it is then only carried).
  public static func definition(of node: Node, opset: Int) throws(GraphError) -> (any OperatorDefinition)? {
    guard let type = byDomain[node.domain]?[node.opType] else { return nil }
    return try type.init(node, opset: opset)
  }
}
