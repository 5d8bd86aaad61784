/// A tensor stated by the node itself: `value`, `value_float(s)`, `value_int(s)` or `value_string(s)`.
public struct Constant: RearrangingOperator, Equatable {
  public static let opTypes = ["Constant"]

  public let value: Tensor

  public init(_ node: Node, opset: Int) throws(GraphError) {
    for attribute in node.attributes {
      switch (attribute.name, attribute.value) {
      case ("value", .tensor(let tensor)): value = tensor
      case ("value_float", .float(let element)): value = Tensor(scalar: element)
      case ("value_floats", .floats(let list)): value = Tensor(list, shape: [list.count])
      case ("value_int", .int(let element)): value = Tensor(scalar: element)
      case ("value_ints", .ints(let list)): value = Tensor(list, shape: [list.count])
      case ("value_string", .string(let bytes)): value = Tensor(shape: [], storage: .string([bytes]))
      case ("value_strings", .strings(let list)): value = Tensor(shape: [list.count], storage: .string(list))
      case ("sparse_value", _): throw GraphError(.unsupported, node: node.label, "a sparse constant")
      default: continue
      }
      return
    }
    throw GraphError(.attribute, node: node.label, "a constant without a value")
  }

  public func inferOutputs(_ inputs: [TensorInfo?], count: Int) -> [TensorInfo] { [TensorInfo(constant: value)] }
  public func inferShapes(_ inputs: [TensorInfo?], count: Int) -> [TensorInfo] { [TensorInfo(constant: value)] }
  public func rearrange(_ inputs: [Tensor?], count: Int) -> [Tensor] { [value] }
}
