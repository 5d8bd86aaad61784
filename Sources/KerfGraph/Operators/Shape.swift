/// The input's extents from axis `start` up to axis `end` as `int64[n]`, or (`Size`) their product as a scalar.
public struct Shape: RearrangingOperator, Equatable {
  public static let opTypes = ["Shape", "Size"]

  public let isSize: Bool
  private let start: Int
  private let end: Int?
  private let label: String

  public init(_ node: Node, opset: Int) throws(GraphError) {
    let read = AttributeReader(node)
    label = node.label
    isSize = node.opType == "Size"
    start = try read.int("start", default: 0)
    end = try read.optionalInt("end")
  }

  /// The axes asked for, clamped to the rank.
  private func axes(rank: Int) -> Swift.Range<Int> {
    if isSize { return 0..<rank }
    func clamp(_ axis: Int) -> Int { min(max(axis < 0 ? axis + rank : axis, 0), rank) }
    let first = clamp(start)
    return first..<max(first, clamp(end ?? rank))
  }

  private func value(_ shape: [Int]) -> Tensor {
    isSize ? Tensor(scalar: Int64(shape.reduce(1, *))) : Tensor(shape.map { Int64($0) }, shape: [shape.count])
  }

  public func inferOutputs(_ inputs: [TensorInfo?], count: Int) throws(GraphError) -> [TensorInfo] {
    let x = try inputs.required(0, "data", node: label)
    guard let shape = x.shape else { return [TensorInfo(.int64, isSize ? [] : [.unknown])] }
    let taken = Array(shape[axes(rank: shape.count)])
    guard let extents = taken.fixed else { return [TensorInfo(.int64, isSize ? [] : [.fixed(taken.count)])] }
    if isSize { _ = try Extents.count(extents, node: label) }
    return [TensorInfo(constant: value(extents))]
  }

  public func inferShapes(_ inputs: [TensorInfo?], count: Int) throws(GraphError) -> [TensorInfo] {
    try inferOutputs(inputs, count: count)
  }

  public func rearrange(_ inputs: [Tensor?], count: Int) throws(GraphError) -> [Tensor] {
    let x = try inputs.required(0, "data", node: label)
    return [value(Array(x.shape[axes(rank: x.rank)]))]
  }
}
