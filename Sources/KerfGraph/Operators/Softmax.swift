/// `y = exp(x) / Σ exp(x)` along an axis, its logarithm (`LogSoftmax`), or 1 at the first largest element and 0 elsewhere (`Hardmax`).
///
/// Before opset 13 the axes from `axis` on are taken together (the tensor is seen as a matrix); from then on `axis` alone is.
public struct Softmax: OperatorDefinition, Equatable {
  public enum Form: String, Sendable {
    case softmax = "Softmax"
    case logSoftmax = "LogSoftmax"
    case hardmax = "Hardmax"
  }

  public static let opTypes = ["Softmax", "LogSoftmax", "Hardmax"]

  public let form: Form
  public let axis: Int
  /// Whether all axes from `axis` on are one.
  public let flattens: Bool
  package let label: String

  public init(_ node: Node, opset: Int) throws(GraphError) {
    label = node.label
    guard let form = Form(rawValue: node.opType) else {
      throw GraphError(.unsupported, node: label, "'\(node.opType)' is no form of Softmax")
    }
    self.form = form
    flattens = opset < 13
    axis = try AttributeReader(node).int("axis", default: flattens ? 1 : -1)
  }

  /// Extents before, along and behind the normalized axes.
  /// - Throws: `GraphError.attribute` where the axis lies outside the shape.
  public func split(_ shape: [Int]) throws(GraphError) -> (outer: Int, extent: Int, inner: Int) {
    let axis = try OperandReader(form.rawValue, node: label, []).axis(axis, rank: shape.count, allowingEnd: flattens)
    if flattens { return (shape[..<axis].saturatingProduct, shape[axis...].saturatingProduct, 1) }
    return (shape[..<axis].saturatingProduct, shape[axis], (shape[(axis + 1)...]).saturatingProduct)
  }

  public func inferOutputs(_ inputs: [TensorInfo?], count: Int) throws(GraphError) -> [TensorInfo] {
    let read = OperandReader(form.rawValue, node: label, inputs)
    let x = try read.required(0, "input")
    if let shape = x.shape { _ = try read.axis(axis, rank: shape.count, allowingEnd: flattens) }
    return try read.outputs([TensorInfo(x.type, x.shape)], count: count)
  }
}
