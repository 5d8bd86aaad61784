/// The `k` largest (or smallest) elements along `axis` and their indices as `int64`; of equal ones those with lower indices.
///
/// `k` is an attribute in opsets up to 9, an input from 10; `largest` and `sorted` from 11. Kerf sorts whether asked to or not.
public struct TopK: OperatorDefinition, Equatable {
  public static let opTypes = ["TopK"]

  public let axis: Int
  public let findsLargest: Bool
  private let stated: Int?
  private let label: String

  public init(_ node: Node, opset: Int) throws(GraphError) {
    let read = AttributeReader(node)
    label = node.label
    axis = try read.int("axis", default: -1)
    findsLargest = try read.bool("largest", default: true)
    stated = opset < 10 ? try read.optionalInt("k") : nil
    if opset < 10, stated == nil { throw GraphError(.attribute, node: label, "k is missing") }
  }

  private func check(_ k: Int, extent: Int?) throws(GraphError) {
    guard k >= 0, k <= extent ?? k else { throw GraphError(.shape, node: label, "k \(k) of an axis of \(extent ?? 0)") }
  }

  /// How many elements to take of an axis of `extent`.
  public func k(_ inputs: [Tensor?], extent: Int) throws(GraphError) -> Int {
    let list = try inputs.integers(1, "K", node: label)
    guard let k = list.map({ $0.count == 1 ? $0[0] : -1 }) ?? stated else {
      throw GraphError(.structure, node: label, "input 1 (K) is missing")
    }
    try check(k, extent: extent)
    return k
  }

  public func inferOutputs(_ inputs: [TensorInfo?], count: Int) throws(GraphError) -> [TensorInfo] {
    let x = try inputs.required(0, "X", node: label)
    guard var shape = x.shape else { return [TensorInfo(x.type, nil), TensorInfo(.int64, nil)] }
    let axis = try Extents.axis(axis, rank: shape.count, node: label)
    var taken = stated
    if case .known(let list) = try inputs.list(1, "K", node: label), list.count == 1 { taken = list[0] }
    if let taken { try check(taken, extent: shape[axis].value) }
    shape[axis] = taken.map { .fixed($0) } ?? .unknown
    return [TensorInfo(x.type, shape), TensorInfo(.int64, shape)]
  }
}
