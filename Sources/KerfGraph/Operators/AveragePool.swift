/// `y = Σ x / n` over each window, or `y = (Σ |x|ᵖ)^(1/p)` (`LpPool`).
///
/// `n` is the number of window positions inside the input, or with `count_include_pad` inside the padded input.
public struct AveragePool: OperatorDefinition, Equatable {
  public static let opTypes = ["AveragePool", "LpPool"]

  public let pool: Pool
  public let countIncludePad: Bool
  /// The norm's exponent; `nil` for the mean.
  public let p: Int?
  package let label: String

  public init(_ node: Node, opset: Int) throws(GraphError) {
    let read = AttributeReader(node)
    pool = try Pool(node)
    countIncludePad = try read.bool("count_include_pad", default: false)
    p = node.opType == "LpPool" ? try read.int("p", default: 2) : nil
    label = node.label
    if let p, p < 1 { throw GraphError(.attribute, node: label, "p \(p) must be at least 1") }
  }

  public func inferOutputs(_ inputs: [TensorInfo?], count: Int) throws(GraphError) -> [TensorInfo] {
    try OperandReader(p == nil ? "AveragePool" : "LpPool", node: label, inputs).outputs([try pool.output(inputs)], count: count)
  }
}
