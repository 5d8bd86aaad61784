/// Computes nodes whose inputs are all constants and keeps the results as initializers.
///
/// Needs the context's evaluator. Left as they are: nodes that make a graph output, random ones, those with subgraphs,
/// `DequantizeLinear` (its weights are meant to stay small), and those that would make a constant of more than `foldingLimit` elements
/// out of smaller ones.
public struct FoldConstants: Pass {
  public static let name = "fold-constants"
  public static let summary = "Computes the parts of the graph that depend on no input."

  public init() {}

  public func run(on model: inout Model, with context: PassContext) throws(GraphError) {
    guard let evaluator = context.evaluator else { return }
    try model.graph.foldConstants(opset: model.opset, limit: context.foldingLimit, evaluator: evaluator)
  }
}

extension Graph {
  /// See `FoldConstants`. Nodes are in topological order.
  public mutating func foldConstants(opset: Int, limit: Int = 1 << 20, evaluator: NodeEvaluator) throws(GraphError) {
    var constants = Dictionary(initializers.map { ($0.name, $0.tensor) }, uniquingKeysWith: { first, _ in first })
    let results = Set(outputs.map(\.name))
    var folded: Set<Int> = []
    var candidates: Set<String> = []
    for (i, node) in nodes.enumerated() {
      if let tensor = node.constantValue, let output = node.outputs.first {
        constants[output] = tensor
        continue
      }
      guard node.isFoldable, !node.outputs.contains(where: results.contains) else { continue }
      guard node.inputs.allSatisfy({ $0.isEmpty || constants[$0] != nil }) else { continue }
      let inputs = node.inputs.map { constants[$0] }
      guard try staysSmall(node, inputs, opset: opset, limit: limit) else { continue }
      guard let values = evaluator(node, inputs), values.count >= node.outputs.count else { continue }
      for (name, value) in zip(node.outputs, values) where !name.isEmpty {
        constants[name] = value
        initializers.append(Initializer(name, value))
      }
      candidates.formUnion(node.inputs)
      candidates.formUnion(node.outputs)
      folded.insert(i)
    }
    if folded.isEmpty { return }
    nodes = nodes.indices.filter { !folded.contains($0) }.map { nodes[$0] }
    removeInitializers(unreadAmong: Array(candidates))
    let index = GraphIndex(self)
    nodes.removeAll { node in
      node.constantValue != nil
        && node.outputs.allSatisfy { candidates.contains($0) && index.consumers(of: $0).isEmpty && !index.isOutput($0) }
    }
  }

  /// Whether the outputs are known to be no larger than the limit or than the inputs together.
  private func staysSmall(_ node: Node, _ inputs: [Tensor?], opset: Int, limit: Int) throws(GraphError) -> Bool {
    guard let definition = try OperatorRegistry.definition(of: node, opset: opset) else { return false }
    let infos = try definition.inferOutputs(inputs.map { $0.map(TensorInfo.init(constant:)) }, count: node.outputs.count)
    let allowed = max(limit, inputs.reduce(0) { $0 + ($1?.count ?? 0) })
    var total = 0
    for info in infos {
      guard let shape = info.fixedShape, shape.allSatisfy({ $0 >= 0 }) else { return false }
      let count = shape.saturatingProduct
      if count > allowed - total { return false }
      total += count
    }
    return true
  }
}

extension Node {
  fileprivate var isFoldable: Bool {
    domain.isEmpty && isDeterministic && opType != "DequantizeLinear" && !inputs.isEmpty && subgraphs.isEmpty
  }
}
