/// Where along `axis` the largest (`ArgMax`) or smallest (`ArgMin`) element is, as `int64`.
///
/// Of equal ones the first, or the last with `select_last_index`. The axis stays with extent 1 unless `keepdims` is 0.
public struct ArgExtremum: OperatorDefinition, Equatable {
  public static let opTypes = ["ArgMax", "ArgMin"]

  public let findsLargest: Bool
  public let axis: Int
  public let keepsAxis: Bool
  public let takesLast: Bool
  private let label: String

  public init(_ node: Node, opset: Int) throws(GraphError) {
    let read = AttributeReader(node)
    label = node.label
    findsLargest = node.opType == "ArgMax"
    axis = try read.int("axis", default: 0)
    keepsAxis = try read.bool("keepdims", default: true)
    takesLast = try read.bool("select_last_index", default: false)
  }

  public func inferOutputs(_ inputs: [TensorInfo?], count: Int) throws(GraphError) -> [TensorInfo] {
    let x = try inputs.required(0, "data", node: label)
    guard var shape = x.shape else { return [TensorInfo(.int64, nil)] }
    let axis = try Extents.axis(axis, rank: shape.count, node: label)
    if shape[axis] == .fixed(0) { throw GraphError(.shape, node: label, "axis \(axis) is empty") }
    if keepsAxis { shape[axis] = .fixed(1) } else { shape.remove(at: axis) }
    return [TensorInfo(.int64, shape)]
  }
}
