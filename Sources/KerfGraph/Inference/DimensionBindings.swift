/// The numbers that symbolic extents stand for.
struct DimensionBindings {
  private var extents: [String: Int] = [:]

  /// Reads the bindings off the shapes that the caller gives to inputs.
  /// - Throws: `GraphError.shape` where a shape is given to no input, has another rank or extents than the graph's input, or gives one
  ///   symbol two numbers.
  init(_ graph: Graph, inputShapes: [String: [Int]]) throws(GraphError) {
    for (name, shape) in inputShapes.sorted(by: { $0.key < $1.key }) {
      guard let input = graph.inputs.first(where: { $0.name == name }) else {
        throw GraphError(.shape, "the graph has no input '\(name)'; its inputs are \(graph.inputs.map(\.name))")
      }
      if let bad = shape.first(where: { $0 < 0 }) { throw GraphError(.shape, "input '\(name)': extent \(bad) is negative") }
      guard case .tensor(_, let declared?) = input.type else { continue }
      if declared.count != shape.count {
        throw GraphError(.shape, "input '\(name)' has \(declared.count) dimensions, the shape given is \(shape)")
      }
      for (axis, (dimension, extent)) in zip(declared, shape).enumerated() {
        switch dimension {
        case .fixed(let wanted) where wanted != extent:
          throw GraphError(.shape, "input '\(name)' has extent \(wanted) on axis \(axis), the shape given is \(shape)")
        case .symbolic(let symbol):
          if let bound = extents[symbol], bound != extent {
            throw GraphError(.shape, "input '\(name)': '\(symbol)' is \(extent) on axis \(axis), elsewhere it is \(bound)")
          }
          extents[symbol] = extent
        default: break
        }
      }
    }
  }

  func info(_ type: ValueType) -> TensorInfo {
    guard case .tensor(let element, let shape) = type else { return .unknown }
    return TensorInfo(
      element,
      shape?.map { dimension in
        if case .symbolic(let symbol) = dimension, let extent = extents[symbol] { return .fixed(extent) }
        return dimension
      })
  }
}
