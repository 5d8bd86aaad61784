/// `y = saturate(round(x / scale) + zero_point)`, rounded to the nearest even, and its inverse `y = (x − zero_point)·scale`
/// (`DequantizeLinear`).
///
/// `scale` and `zero_point` are scalars (one for the tensor), vectors along `axis`, or have x's shape with `axis` shortened to its blocks
/// of `block_size`.
public struct QuantizeLinear: OperatorDefinition, Equatable {
  public static let opTypes = ["QuantizeLinear", "DequantizeLinear"]
  /// onnxruntime had them for more types before ONNX did.
  public static let domains = ["", "com.microsoft"]

  /// Whether real numbers become integers, and not the other way round.
  public let quantizes: Bool
  public let axis: Int
  /// Elements along `axis` that share a scale; 0 where scales are not blocked.
  public let blockSize: Int
  /// The output's type where the node states it.
  public let outputType: ElementType?
  package let label: String

  public init(_ node: Node, opset: Int) throws(GraphError) {
    let read = AttributeReader(node)
    label = node.label
    quantizes = node.opType == "QuantizeLinear"
    axis = try read.int("axis", default: 1)
    blockSize = try read.int("block_size", default: 0)
    let type = try read.int("output_dtype", default: 0)
    outputType = type == 0 ? nil : ElementType(rawValue: Int32(truncatingIfNeeded: type))
    guard 0...Window.limit ~= blockSize else {
      throw GraphError(.attribute, node: label, "block_size \(blockSize) must be in 0...\(Window.limit)")
    }
  }

  /// How a flat index of `x` finds its scale: the scale's index is `position(i)` below.
  public enum Granularity: Sendable, Equatable {
    case tensor
    /// `(i / inner) % extent`
    case axis(extent: Int, inner: Int)
    /// Along `axis` `blocks` scales serve `extent` elements, `size` each: `(i / (inner·extent)·blocks + (i / inner % extent) / size)·inner + i % inner`.
    case blocked(extent: Int, inner: Int, blocks: Int, size: Int)

    public func position(_ i: Int) -> Int {
      switch self {
      case .tensor: 0
      case .axis(let extent, let inner): i / inner % extent
      case .blocked(let extent, let inner, let blocks, let size):
        (i / (inner * extent) * blocks + i / inner % extent / size) * inner + i % inner
      }
    }
  }

  /// How scales of a shape serve an input of a shape.
  /// - Throws: `GraphError.shape` where they do not fit.
  public func granularity(input: [Int], scale: [Int]) throws(GraphError) -> Granularity {
    if scale.allSatisfy({ $0 == 1 }), scale.count <= 1 || blockSize == 0 { return .tensor }
    let axis = try OperandReader("QuantizeLinear", node: label, []).axis(axis, rank: input.count)
    let extent = input[axis]
    let inner = (input[(axis + 1)...]).saturatingProduct
    if scale.count == 1 {
      guard scale[0] == extent else {
        throw GraphError(.shape, node: label, "\(scale[0]) scales do not serve the \(extent) entries of axis \(axis)")
      }
      return .axis(extent: extent, inner: inner)
    }
    guard blockSize > 0, scale.count == input.count, scale[axis] == (extent + blockSize - 1) / blockSize,
      zip(scale, input).enumerated().allSatisfy({ $0.offset == axis || $0.element.0 == $0.element.1 })
    else {
      throw GraphError(.shape, node: label, "scales \(scale) do not serve \(input) along axis \(axis) in blocks of \(blockSize)")
    }
    return .blocked(extent: extent, inner: inner, blocks: scale[axis], size: blockSize)
  }

  public func inferOutputs(_ inputs: [TensorInfo?], count: Int) throws(GraphError) -> [TensorInfo] {
    let read = OperandReader(quantizes ? "QuantizeLinear" : "DequantizeLinear", node: label, inputs)
    let x = try read.required(0, "x")
    let scale = try read.required(1, "scale")
    if let xs = x.fixedShape, let ss = scale.fixedShape { _ = try granularity(input: xs, scale: ss) }
    let zeroPoint = read.optional(2)
    if let zeros = zeroPoint?.fixedShape, let ss = scale.fixedShape, zeros != ss, zeros.saturatingProduct != ss.saturatingProduct {
      throw GraphError(.shape, node: label, "zero points \(zeros) and scales \(ss) differ in shape")
    }
    let type = quantizes ? outputType ?? zeroPoint?.type ?? .uint8 : outputType ?? scale.type
    return try read.outputs([TensorInfo(type, x.shape)], count: count)
  }
}
