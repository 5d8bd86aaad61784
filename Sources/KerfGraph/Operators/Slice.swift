/// `y[…, i, …] = x[…, start + i·step, …]` along some axes.
///
/// `starts`, `ends`, `axes` are attributes up to opset 9, inputs with `steps` from opset 10. Negative positions count from the
/// end, positions outside are clamped.
public struct Slice: RearrangingOperator, Equatable {
  public static let opTypes = ["Slice"]

  private let stated: Ranges?
  private let label: String

  /// What to take, as the file states it.
  public struct Ranges: Sendable, Equatable {
    public var starts: [Int]
    public var ends: [Int]
    public var axes: [Int]?
    public var steps: [Int]?
  }

  public init(_ node: Node, opset: Int) throws(GraphError) {
    let read = AttributeReader(node)
    label = node.label
    guard opset < 10 else {
      stated = nil
      return
    }
    guard let starts = try read.ints("starts"), let ends = try read.ints("ends") else {
      throw GraphError(.attribute, node: label, "starts and ends are missing")
    }
    stated = Ranges(starts: starts, ends: ends, axes: try read.ints("axes"), steps: nil)
  }

  /// Indices taken along one axis: `start, start + step, …`, `count` of them.
  public struct Axis: Sendable, Equatable {
    public let axis, start, step, count: Int
  }

  /// The indices of one axis of `extent`, clamped as ONNX says.
  private func axis(_ axis: Int, start: Int, end: Int, step: Int, extent: Int) throws(GraphError) -> Axis {
    if step == 0 { throw GraphError(.shape, node: label, "step 0 along axis \(axis)") }
    let step = min(max(step, -Extents.mostElements), Extents.mostElements)
    let low = step > 0 ? 0 : -1
    let high = step > 0 ? extent : extent - 1
    let first = min(max(start < 0 ? start + extent : start, step > 0 ? 0 : min(0, high)), high)
    let last = min(max(end < 0 ? end + extent : end, low), high)
    let count = step > 0 ? (last - first + step - 1) / step : (first - last - step - 1) / -step
    return Axis(axis: axis, start: first, step: step, count: max(0, count))
  }

  private func axes(_ ranges: Ranges, rank: Int) throws(GraphError) -> [Int] {
    let axes = try Extents.axes(ranges.axes ?? Array(0..<ranges.starts.count), rank: rank, node: label)
    guard ranges.ends.count == ranges.starts.count, axes.count == ranges.starts.count,
      ranges.steps.map({ $0.count == axes.count }) ?? true
    else {
      throw GraphError(
        .shape, node: label,
        "\(ranges.starts.count) starts, \(ranges.ends.count) ends, \(axes.count) axes, \(ranges.steps?.count ?? axes.count) steps")
    }
    return axes
  }

  /// What to take along each named axis of an input of known shape.
  public func resolve(_ ranges: Ranges, shape: [Int]) throws(GraphError) -> [Axis] {
    var result: [Axis] = []
    for (i, axis) in try axes(ranges, rank: shape.count).enumerated() {
      result.append(
        try self.axis(axis, start: ranges.starts[i], end: ranges.ends[i], step: ranges.steps?[i] ?? 1, extent: shape[axis]))
    }
    return result
  }

  /// The ranges for these inputs' values.
  public func ranges(_ inputs: [Tensor?]) throws(GraphError) -> Ranges {
    if let stated { return stated }
    guard let starts = try inputs.integers(1, "starts", node: label), let ends = try inputs.integers(2, "ends", node: label) else {
      throw GraphError(.structure, node: label, "starts or ends are missing")
    }
    return Ranges(
      starts: starts, ends: ends, axes: try inputs.integers(3, "axes", node: label),
      steps: try inputs.integers(4, "steps", node: label))
  }

  public func inferShapes(_ inputs: [TensorInfo?], count: Int) throws(GraphError) -> [TensorInfo] {
    let x = try inputs.required(0, "data", node: label)
    guard var shape = x.shape else { return [TensorInfo(x.type, nil)] }
    if stated == nil {
      for info in inputs.dropFirst() where info != nil && info?.value == nil {
        return [TensorInfo(x.type, shape.map { _ in .unknown })]
      }
    }
    let ranges = try ranges(inputs.map { $0?.value })
    for (i, axis) in try axes(ranges, rank: shape.count).enumerated() {
      let step = ranges.steps?[i] ?? 1
      if let extent = shape[axis].value {
        shape[axis] = .fixed(
          try self.axis(axis, start: ranges.starts[i], end: ranges.ends[i], step: step, extent: extent).count)
      } else if ranges.starts[i] != 0 || ranges.ends[i] < Int(Int32.max) || step != 1 {
        shape[axis] = .unknown
      }
    }
    return [TensorInfo(x.type, shape)]
  }

  public func rearrange(_ inputs: [Tensor?], count: Int) throws(GraphError) -> [Tensor] {
    let x = try inputs.required(0, "data", node: label)
    var offsets = x.axisOffsets
    for part in try resolve(try ranges(inputs), shape: x.shape) {
      let all = offsets[part.axis]
      offsets[part.axis] = (0..<part.count).map { all[part.start + $0 * part.step] }
    }
    return [try x.picked(offsets, node: label)]
  }
}
