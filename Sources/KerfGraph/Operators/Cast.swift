/// The same numbers as another element type: `to` (`Cast`), or the type of the second input (`CastLike`).
public struct Cast: OperatorDefinition, Equatable {
  public static let opTypes = ["Cast", "CastLike"]

  private let stated: ElementType?
  private let label: String

  public init(_ node: Node, opset: Int) throws(GraphError) {
    label = node.label
    guard node.opType == "Cast" else {
      stated = nil
      return
    }
    guard let number = try AttributeReader(node).optionalInt("to"), let raw = Int32(exactly: number) else {
      throw GraphError(.attribute, node: label, "to is missing")
    }
    stated = ElementType(rawValue: raw)
  }

  /// The output's type.
  package func target(like: ElementType?) throws(GraphError) -> ElementType {
    guard let type = stated ?? like else { throw GraphError(.structure, node: label, "input 1 (target_type) is missing") }
    return type
  }

  /// The input's elements as the target type.
  package func convert(_ inputs: [Tensor?]) throws(GraphError) -> Tensor {
    let type = try target(like: inputs.optional(1)?.type)
    return try inputs.required(0, "input", node: label).converted(to: type, node: label)
  }

  public func inferOutputs(_ inputs: [TensorInfo?], count: Int) throws(GraphError) -> [TensorInfo] {
    let x = try inputs.required(0, "input", node: label)
    let type = try target(like: inputs.optional(1)?.type)
    var info = TensorInfo(type, x.shape)
    // A type that is only carried has no known value, which is no error before it runs.
    if let value = x.value, value.count <= ShapeArithmetic.mostElements { info.value = try? value.converted(to: type, node: label) }
    return [info]
  }
}
