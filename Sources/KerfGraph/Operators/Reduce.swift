/// One number for all elements along some axes: `y[kept] = R(x[kept, reduced])`.
///
/// `axes` is an attribute up to opset 17 (`ReduceSum`: 12), then an input. None means all, or (`noop_with_empty_axes`) none.
/// Reduced axes stay with extent 1 unless `keepdims` is 0. Of no elements: sums 0, products 1, minima and maxima the type's ends.
public struct Reduce: OperatorDefinition, Equatable {
  public static let opTypes = Reduction.allCases.map(\.rawValue)

  public enum Reduction: String, CaseIterable, Sendable {
    /// `Σx`
    case sum = "ReduceSum"
    /// `Σx / n`
    case mean = "ReduceMean"
    /// `Πx`
    case prod = "ReduceProd"
    case max = "ReduceMax"
    case min = "ReduceMin"
    /// `Σ|x|`
    case l1 = "ReduceL1"
    /// `√Σx²`
    case l2 = "ReduceL2"
    /// `Σx²`
    case sumSquare = "ReduceSumSquare"
    /// `ln Σx`
    case logSum = "ReduceLogSum"
    /// `ln Σeˣ`
    case logSumExp = "ReduceLogSumExp"
  }

  public let reduction: Reduction
  private let keepsAxes: Bool
  private let emptyIsNone: Bool
  private let stated: [Int]?
  private let label: String

  public init(_ node: Node, opset: Int) throws(GraphError) {
    let read = AttributeReader(node)
    label = node.label
    guard let reduction = Reduction(rawValue: node.opType) else {
      throw GraphError(.unsupported, node: label, "\(node.opType) is no reduction")
    }
    self.reduction = reduction
    keepsAxes = try read.bool("keepdims", default: true)
    emptyIsNone = try read.bool("noop_with_empty_axes", default: false)
    stated = try read.ints("axes")
  }

  /// What a run reduces.
  public struct Plan: Sendable, Equatable {
    /// Reduced axes in ascending order.
    public let axes: [Int]
    public let shape: [Int]
  }

  private func axes(_ list: [Int]?, rank: Int) throws(GraphError) -> [Int] {
    guard let list = list ?? stated, !list.isEmpty else { return emptyIsNone ? [] : Array(0..<rank) }
    return try Extents.axes(list, rank: rank, node: label).sorted()
  }

  private func shape<D>(_ input: [D], axes: [Int], one: D) -> [D] {
    keepsAxes
      ? input.indices.map { axes.contains($0) ? one : input[$0] } : input.indices.filter { !axes.contains($0) }.map { input[$0] }
  }

  /// The reduced axes and the output's shape for these inputs.
  public func plan(_ inputs: [Tensor?]) throws(GraphError) -> Plan {
    let x = try inputs.required(0, "data", node: label)
    let axes = try axes(try inputs.integers(1, "axes", node: label), rank: x.rank)
    return Plan(axes: axes, shape: shape(x.shape, axes: axes, one: 1))
  }

  public func inferOutputs(_ inputs: [TensorInfo?], count: Int) throws(GraphError) -> [TensorInfo] {
    let x = try inputs.required(0, "data", node: label)
    guard let input = x.shape else { return [TensorInfo(x.type, nil)] }
    var list: [Int]?
    switch try inputs.list(1, "axes", node: label) {
    case .absent: break
    case .known(let known): list = known
    case .unknown: return [TensorInfo(x.type, keepsAxes ? input.map { _ in .unknown } : nil)]
    }
    return [TensorInfo(x.type, shape(input, axes: try axes(list, rank: input.count), one: .fixed(1)))]
  }
}
