/// Several tensors as one along `axis`; all other extents are equal.
public struct Concat: RearrangingOperator, Equatable {
  public static let opTypes = ["Concat"]

  public let axis: Int
  private let label: String

  public init(_ node: Node, opset: Int) throws(GraphError) {
    label = node.label
    guard let axis = try AttributeReader(node).optionalInt("axis") else {
      throw GraphError(.attribute, node: label, "axis is missing")
    }
    self.axis = axis
  }

  public func inferShapes(_ inputs: [TensorInfo?], count: Int) throws(GraphError) -> [TensorInfo] {
    let first = try inputs.required(0, "inputs", node: label)
    var result: [Dimension]?
    var total: Int? = 0
    for i in inputs.indices {
      let part = try inputs.required(i, "inputs", node: label)
      if part.type != first.type { throw GraphError(.shape, node: label, "\(first.type) and \(part.type) do not mix") }
      guard let shape = part.shape else {
        total = nil
        continue
      }
      let axis = try Extents.axis(axis, rank: shape.count, node: label)
      total = if let total, let extent = shape[axis].value { total + extent } else { nil }
      guard var merged = result else {
        result = shape
        continue
      }
      guard merged.count == shape.count else {
        throw GraphError(.shape, node: label, "ranks \(merged.count) and \(shape.count) do not fit")
      }
      for k in shape.indices where k != axis {
        if let a = merged[k].value, let b = shape[k].value, a != b {
          throw GraphError(.shape, node: label, "extents \(a) and \(b) of axis \(k) differ")
        }
        if merged[k].value == nil, shape[k].value != nil { merged[k] = shape[k] }
      }
      result = merged
    }
    if var shape = result {
      let axis = try Extents.axis(axis, rank: shape.count, node: label)
      if inputs.count > 1 { shape[axis] = total.map { .fixed($0) } ?? .unknown }
      result = shape
    }
    return [TensorInfo(first.type, result)]
  }

  public func rearrange(_ inputs: [Tensor?], count: Int) throws(GraphError) -> [Tensor] {
    let shape = try inferShapes(inputs.map { $0.map { TensorInfo($0.type, $0.shape.map { .fixed($0) }) } }, count: 1)[0].fixedShape
    guard let shape else { return [] }
    let total = try Extents.count(shape, node: label)
    let axis = try Extents.axis(axis, rank: shape.count, node: label)
    let parts = inputs.compactMap { $0?.storage }
    let blocks = total == 0 ? 1 : shape[..<axis].reduce(1, *)
    guard let joined = Tensor.Storage.selecting(Interleaving(blocks: blocks), from: parts) else {
      throw GraphError(.unsupported, node: label, "elements of \(parts.first?.type ?? .undefined) are only carried")
    }
    return [Tensor(shape: shape, storage: joined)]
  }
}
