/// Local response normalization: `y = x / (bias + α/size · Σ x²)^β`, the sum over `size` neighbouring channels.
///
/// `x [B, C, d…]`; channel `c` sums over `c − ⌊(size − 1)/2⌋ … c + ⌈(size − 1)/2⌉` within the tensor.
/// - Reference: Krizhevsky, Sutskever and Hinton, NeurIPS 2012, section 3.3.
public struct LRN: OperatorDefinition, Equatable {
  public static let opTypes = ["LRN"]

  public let alpha, beta, bias: Float
  public let size: Int
  package let label: String

  public init(_ node: Node, opset: Int) throws(GraphError) {
    let read = AttributeReader(node)
    label = node.label
    alpha = try read.float("alpha", default: 1e-4)
    beta = try read.float("beta", default: 0.75)
    bias = try read.float("bias", default: 1)
    size = try read.int("size", default: 0)
    guard 1...Window.limit ~= size else {
      throw GraphError(.attribute, node: label, "size \(size) must be in 1...\(Window.limit)")
    }
  }

  public func inferOutputs(_ inputs: [TensorInfo?], count: Int) throws(GraphError) -> [TensorInfo] {
    let read = OperandReader("LRN", node: label, inputs)
    let x = try read.required(0, "X")
    if let shape = x.shape, shape.count < 2 {
      throw GraphError(.shape, node: label, "an input of rank \(shape.count) has no channels")
    }
    return try read.outputs([TensorInfo(x.type, x.shape)], count: count)
  }
}
