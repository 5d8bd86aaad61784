import KerfGraph

/// Runs a model node by node with the reference implementations: right before fast, the judge of every other way to run it.
///
/// Nodes that no fetched value needs are left out, and every value is freed after its last use.
public struct Interpreter: Sendable {
  private let graph: Graph
  private let steps: [Step]
  private let constants: [String: Tensor]

  /// A node with its operator parsed.
  private struct Step: Sendable {
    let node: Node
    let definition: any ReferenceOperator
  }

  /// Parses every node. Functions of the model must be inlined.
  /// - Throws: `EngineError.unsupported` for an operator that the engine does not run (those with subgraphs are none of it),
  ///   `.shape` for attributes out of range, `.input` for a node that reads what nothing before it makes.
  public init(_ model: Model) throws(EngineError) {
    graph = model.graph
    constants = Dictionary(graph.initializers.map { ($0.name, $0.tensor) }, uniquingKeysWith: { first, _ in first })
    var known = Set(constants.keys).union(graph.inputs.map(\.name)).union([""])
    var steps: [Step] = []
    for node in graph.nodes {
      if let missing = node.inputs.first(where: { !known.contains($0) }) {
        throw EngineError(.input, node: node.label, "reads '\(missing)', which nothing before it makes")
      }
      known.formUnion(node.outputs)
      guard let definition = try Self.definition(of: node, opset: model.opset) else {
        let hasBody = node.attributes.contains {
          if case .graph = $0.value { true } else if case .graphs = $0.value { true } else { false }
        }
        let kind = hasBody ? "operators with subgraphs, such as" : node.domain.isEmpty ? "the operator" : "the operator \(node.domain)."
        throw EngineError(.unsupported, node: node.label, "\(kind) \(node.opType) cannot be run")
      }
      steps.append(Step(node: node, definition: definition))
    }
    self.steps = steps
  }

  private static func definition(of node: Node, opset: Int) throws(EngineError) -> (any ReferenceOperator)? {
    let definition = try EngineError.from { () throws(GraphError) in try OperatorRegistry.definition(of: node, opset: opset) }
    return definition as? any ReferenceOperator
  }

  /// Runs one node on its own: the evaluator for constant folding.
  /// - Returns: One tensor an output of the node, or `nil` where the engine does not run the operator.
  /// - Throws: `EngineError` where the inputs do not fit.
  public static func evaluate(_ node: Node, _ inputs: [Tensor?], opset: Int) throws(EngineError) -> [Tensor]? {
    guard let definition = try definition(of: node, opset: opset) else { return nil }
    return try evaluate(node, definition, inputs)
  }

  private static func evaluate(_ node: Node, _ definition: any ReferenceOperator, _ inputs: [Tensor?]) throws(EngineError) -> [Tensor] {
    let outputs: [Tensor]
    do {
      outputs = try definition.evaluate(inputs, count: node.outputs.count)
    } catch {
      // Definitions that do not hold the node's label leave it out.
      guard error.node?.isEmpty ?? true else { throw error }
      throw EngineError(error.code, node: node.label, error.message)
    }
    guard outputs.count >= node.outputs.lastIndex(where: { !$0.isEmpty }).map({ $0 + 1 }) ?? 0 else {
      throw EngineError(.unsupported, node: node.label, "\(node.opType) makes \(outputs.count) of \(node.outputs.count) outputs")
    }
    return outputs
  }

  /// Runs the graph.
  /// - Parameters:
  ///   - inputs: A tensor for each graph input that has no initializer; others replace the initializer.
  ///   - fetching: Names of any values of the graph; left out: its outputs.
  /// - Throws: `EngineError.input` for inputs that are missing, unknown or of another type or shape than stated,
  ///   and what the nodes throw.
  public func run(_ inputs: [String: Tensor], fetching: [String]? = nil) throws(EngineError) -> [String: Tensor] {
    try InputCheck(graph).check(inputs, constants: constants)
    let wanted = fetching ?? graph.outputs.map(\.name)
    var values = constants.merging(inputs) { _, fed in fed }
    let needed = try needed(for: wanted, given: Set(values.keys))
    var uses: [String: Int] = [:]
    for name in wanted { uses[name, default: 0] += 1 }
    for step in needed { for name in step.node.inputs { uses[name, default: 0] += 1 } }
    for step in needed {
      let operands: [Tensor?] = step.node.inputs.map { $0.isEmpty ? nil : values[$0] }
      for name in step.node.inputs where !name.isEmpty {
        uses[name, default: 0] -= 1
        if uses[name] == 0 { values[name] = nil }
      }
      let results = try Self.evaluate(step.node, step.definition, operands)
      for (name, result) in zip(step.node.outputs, results) where uses[name] != nil && !name.isEmpty { values[name] = result }
    }
    var fetched: [String: Tensor] = [:]
    for name in wanted { fetched[name] = values[name] }
    return fetched
  }

  /// The steps that the wanted values need, in order.
  private func needed(for wanted: [String], given: Set<String>) throws(EngineError) -> [Step] {
    var open = Set(wanted)
    var needed: [Step] = []
    for step in steps.reversed() where !open.isDisjoint(with: step.node.outputs) {
      open.subtract(step.node.outputs)
      open.formUnion(step.node.inputs.filter { !$0.isEmpty })
      needed.append(step)
    }
    if let missing = open.subtracting(given).min() { throw EngineError(.input, "nothing makes the value '\(missing)'") }
    return needed.reversed()
  }
}

extension Interpreter {
  /// One node on constant inputs, for passes and shape inference; `nil` where the engine cannot run it on them.
  public static func evaluator(opset: Int) -> NodeEvaluator {
    { node, inputs in
      // An input that is there but whose value is not known has no elements to compute with.
      for (name, value) in zip(node.inputs, inputs) where !name.isEmpty && value == nil { return nil }
      return try? evaluate(node, inputs, opset: opset)
    }
  }
}
