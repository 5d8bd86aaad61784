/// Runs one node on known inputs: the outputs, or `nil` where it cannot be run. An absent optional input is `nil`.
public typealias NodeEvaluator = @Sendable (Node, [Tensor?]) -> [Tensor]?

/// Types and shapes of every value of a graph before it runs.
///
/// Walks the nodes in order; each operator of `OperatorRegistry` says what it makes of its inputs. What an unknown operator makes is
/// taken from the file (`value_info`, graph outputs), else it is unknown. Values of small constant parts (`Shape` → `Gather` → `Concat` →
/// `Reshape`) are computed, so that shapes that depend on them are known.
public enum ShapeInference {
  /// Elements up to which values are computed.
  static let valueLimit = 4096
  /// Extents and numbers of elements beyond this are taken for damage.
  static let elementLimit = 1 << 46

  /// - Parameters:
  ///   - inputShapes: extents of graph inputs; symbolic extents of that name become them everywhere.
  ///   - evaluator: computes constant nodes.
  /// - Returns: what is known of each value of the main graph; type `.undefined` and shape `nil` where nothing is.
  /// - Throws: `GraphError.unsupported` for an operator set that is not 7 to 28, `.shape` where inputs do not fit an operator or
  ///   `inputShapes` contradicts the graph, `.attribute`, and `.value` where sizes overflow.
  public static func infer(
    _ model: Model, inputShapes: [String: [Int]] = [:], evaluator: NodeEvaluator? = nil
  ) throws(GraphError) -> [String: TensorInfo] {
    guard (7...28).contains(model.opset) else {
      throw GraphError(.unsupported, "the model is written in operator set \(model.opset); Kerf knows 7 to 28")
    }
    return try infer(model.graph, opset: model.opset, inputShapes: inputShapes, evaluator: evaluator)
  }

  /// The same for a graph by itself.
  public static func infer(
    _ graph: Graph, opset: Int, inputShapes: [String: [Int]] = [:], evaluator: NodeEvaluator? = nil
  ) throws(GraphError) -> [String: TensorInfo] {
    let symbols = try DimensionBindings(graph, inputShapes: inputShapes)
    var known: [String: TensorInfo] = [:]
    for input in graph.inputs {
      var info = symbols.info(input.type)
      if let shape = inputShapes[input.name] { info.shape = shape.map { .fixed($0) } }
      try checkSize(info, of: input.name, node: nil)
      known[input.name] = info
    }
    for initializer in graph.initializers where inputShapes[initializer.name] == nil {
      known[initializer.name] = TensorInfo(constant: initializer.tensor)
    }
    let declared = Dictionary(
      (graph.valueInfo + graph.outputs).map { ($0.name, symbols.info($0.type)) }, uniquingKeysWith: { first, _ in first })

    for node in graph.nodes {
      let results = try outputs(of: node, opset: opset, known: known, evaluator: evaluator)
      for (i, name) in node.outputs.enumerated() where !name.isEmpty {
        let inferred = i < results.count ? results[i] : .unknown
        let info = declared[name].map { inferred.refined(by: $0) } ?? inferred
        try checkSize(info, of: name, node: node.label)
        known[name] = info
      }
    }
    return known
  }

  private static func outputs(
    of node: Node, opset: Int, known: [String: TensorInfo], evaluator: NodeEvaluator?
  ) throws(GraphError) -> [TensorInfo] {
    if let tensor = node.constantValue { return [TensorInfo(constant: tensor)] }
    guard let definition = try OperatorRegistry.definition(of: node, opset: opset) else { return [] }
    let inputs = node.inputs.map { $0.isEmpty ? nil : known[$0] ?? .unknown }
    var results = try definition.inferOutputs(inputs, count: node.outputs.count)
    guard let evaluator, results.contains(where: { $0.value == nil }), isSmall(inputs, results), node.isDeterministic else {
      return results
    }
    guard let values = evaluator(node, inputs.map { $0?.value }) else { return results }
    for (i, value) in values.enumerated() where i < results.count && results[i].fixedShape == value.shape { results[i].value = value }
    return results
  }

  /// Whether every input is a known small value and every output will be small.
  private static func isSmall(_ inputs: [TensorInfo?], _ results: [TensorInfo]) -> Bool {
    guard inputs.allSatisfy({ input in input.map { ($0.value?.count ?? .max) <= valueLimit } ?? true }) else { return false }
    return results.allSatisfy { info in
      guard let shape = info.fixedShape, shape.allSatisfy({ $0 <= valueLimit }), shape.count <= 8 else { return false }
      return shape.saturatingProduct <= valueLimit
    }
  }

  private static func checkSize(_ info: TensorInfo, of name: String, node: String?) throws(GraphError) {
    guard let shape = info.shape else { return }
    let extents = shape.compactMap(\.value)
    if let negative = extents.first(where: { $0 < 0 }) {
      throw GraphError(.shape, node: node, "'\(name)' would have the extent \(negative)")
    }
    if extents.contains(where: { $0 > elementLimit }) || extents.saturatingProduct > elementLimit {
      throw GraphError(.value, node: node, "'\(name)' of shape \(extents) has too many elements")
    }
  }
}

extension TensorInfo {
  static let unknown = TensorInfo(.undefined, nil)

  /// What is inferred, completed by what the file declares; where they contradict each other, what is inferred stands.
  func refined(by declared: TensorInfo) -> TensorInfo {
    var result = self
    if type == .undefined { result.type = declared.type }
    guard let other = declared.shape else { return result }
    guard let shape else {
      result.shape = other
      return result
    }
    if shape.count != other.count { return result }
    result.shape = zip(shape, other).map { mine, theirs in
      switch (mine, theirs) {
      case (.fixed, _), (.symbolic, .symbolic), (_, .unknown): mine
      default: theirs
      }
    }
    return result
  }
}

extension Node {
  private static let random: Set<String> = [
    "RandomNormal", "RandomNormalLike", "RandomUniform", "RandomUniformLike", "Multinomial", "Bernoulli",
  ]

  /// Whether equal inputs always give equal outputs.
  var isDeterministic: Bool { !Self.random.contains(opType) }
}
