/// `Range`: `y[i] = start + i·delta` for `max(0, ⌈(limit − start)/delta⌉)` elements, all three scalars of one type.
public struct RangeOperator: OperatorDefinition, Equatable {
  public static let opTypes = ["Range"]

  private let label: String

  public init(_ node: Node, opset: Int) throws(GraphError) { label = node.label }

  /// How many elements there are.
  /// - Throws: `GraphError.value` for a step of 0, or for more elements than a tensor may have.
  package func count(_ start: Double, _ limit: Double, _ delta: Double) throws(GraphError) -> Int {
    let number = ((limit - start) / delta).rounded(.up)
    guard delta != 0, number.isFinite, number <= Double(Extents.mostElements) else {
      throw GraphError(.value, node: label, "from \(start) to \(limit) by \(delta)")
    }
    return max(0, Int(number))
  }

  /// The elements.
  package func elements(_ inputs: [Tensor?]) throws(GraphError) -> Tensor {
    let start = try inputs.required(0, "start", node: label)
    let limit = try inputs.required(1, "limit", node: label)
    let delta = try inputs.required(2, "delta", node: label)
    guard start.count == 1, limit.count == 1, delta.count == 1, start.type == limit.type, start.type == delta.type,
      let a = start.doubles()?[0], let b = limit.doubles()?[0], let d = delta.doubles()?[0]
    else {
      throw GraphError(.shape, node: label, "start, limit and delta must be numbers of one type")
    }
    let number = try count(a, b, d)
    let exact: Tensor
    if let first = start.integers()?[0], let step = delta.integers()?[0] {
      exact = Tensor((0..<number).map { first &+ Int64($0) &* step }, shape: [number])
    } else {
      exact = Tensor(shape: [number], storage: .double((0..<number).map { a + Double($0) * d }))
    }
    return try exact.converted(to: start.type, node: label)
  }

  public func inferOutputs(_ inputs: [TensorInfo?], count: Int) throws(GraphError) -> [TensorInfo] {
    let start = try inputs.required(0, "start", node: label)
    let values = [start.value, inputs.optional(1)?.value, inputs.optional(2)?.value].compactMap { $0?.doubles()?.first }
    guard values.count == 3 else { return [TensorInfo(start.type, [.unknown])] }
    let number = try self.count(values[0], values[1], values[2])
    if number > ShapeArithmetic.mostElements { return [TensorInfo(start.type, [.fixed(number)])] }
    return [TensorInfo(constant: try elements(inputs.map { $0?.value }))]
  }
}
