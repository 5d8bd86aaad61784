import KerfGraph

/// The part of a graph that some values need, with every type and shape that is known before it runs and every constant computed.
struct InferredGraph {
  /// A node, its operator, and what it makes (also where an output has no name).
  typealias Entry = (node: Node, definition: any OperatorDefinition, outputs: [TensorInfo])
  /// In topological order; nodes whose outputs are all constant are left out.
  var nodes: [Entry]
  var info: [String: TensorInfo]
  /// Constants that were dequantized here.
  private(set) var levels: [String: ConstantLevels] = [:]

  /// - Parameters:
  ///   - inputs: types and shapes of what the caller feeds; an initializer that is fed is no constant.
  ///   - fetched: the values wanted.
  /// - Throws: `EngineError.unsupported` for an operator that the engine does not know, `.shape` for values that do not fit, `.input` for a
  ///   name that nothing makes.
  init(_ graph: Graph, opset: Int, inputs: [String: TensorInfo], fetched: [String]) throws(EngineError) {
    var info = inputs
    for initializer in graph.initializers where info[initializer.name] == nil {
      info[initializer.name] = TensorInfo(constant: initializer.tensor)
    }
    let needed = Self.needed(graph.nodes, fetched: fetched) { info[$0] != nil }
    var kept: [Entry] = []
    for node in needed {
      let definition = try Self.definition(node, opset: opset)
      var operands: [TensorInfo?] = []
      for name in node.inputs {
        guard !name.isEmpty else {
          operands.append(nil)
          continue
        }
        guard let operand = info[name] else {
          throw EngineError(.input, node: node.label, "nothing makes '\(name)' before it is read")
        }
        operands.append(operand)
      }
      var outputs = try Self.infer(definition, node, operands)
      if outputs.contains(where: { $0.value == nil }), operands.allSatisfy({ $0 == nil || $0?.value != nil }),
        let reference = definition as? any ReferenceOperator, outputs.allSatisfy({ ($0.fixedShape?.reduce(1, *) ?? 0) <= 1 << 26 })
      {
        let held = (definition as? QuantizeLinear).flatMap { ConstantLevels($0, operands.map { $0?.value }) }
        if let held { levels[node.outputs[0]] = held }
        if let held, outputs.count == 1, outputs[0].type == .float {
          outputs = [TensorInfo(constant: held.reals)]
        } else {
          outputs = try reference.evaluate(operands.map { $0?.value }, count: node.outputs.count).map { TensorInfo(constant: $0) }
        }
      }
      for (name, output) in zip(node.outputs, outputs) where !name.isEmpty { info[name] = output }
      if outputs.contains(where: { $0.value == nil }) { kept.append((node, definition, outputs)) }
    }
    self.info = info
    let alive = Set(Self.needed(kept.map(\.node), fetched: fetched) { info[$0]?.value != nil || inputs[$0] != nil }.flatMap(\.outputs))
    nodes = kept.filter { entry in entry.node.outputs.contains { !$0.isEmpty && alive.contains($0) } }
  }

  private static func definition(_ node: Node, opset: Int) throws(EngineError) -> any OperatorDefinition {
    let known = try EngineError.from { () throws(GraphError) in try OperatorRegistry.definition(of: node, opset: opset) }
    if let known { return known }
    let name = node.domain.isEmpty ? node.opType : "\(node.domain)::\(node.opType)"
    throw EngineError(.unsupported, node: node.label, "the engine does not run operator \(name)")
  }

  private static func infer(_ definition: any OperatorDefinition, _ node: Node, _ operands: [TensorInfo?]) throws(EngineError)
    -> [TensorInfo]
  {
    do {
      return try EngineError.from { () throws(GraphError) in try definition.inferOutputs(operands, count: node.outputs.count) }
    } catch {
      // Definitions that do not hold the node's label leave it out.
      guard error.node?.isEmpty ?? true else { throw error }
      throw EngineError(error.code, node: node.label, error.message)
    }
  }

  /// The nodes that the fetched values depend on, in the order given.
  private static func needed(_ nodes: [Node], fetched: [String], known: (String) -> Bool) -> [Node] {
    var wanted = Set(fetched.filter { !known($0) })
    var kept: [Node] = []
    for node in nodes.reversed() where node.outputs.contains(where: { !$0.isEmpty && wanted.contains($0) }) {
      kept.append(node)
      for name in node.inputs where !name.isEmpty && !known(name) { wanted.insert(name) }
    }
    return kept.reversed()
  }
}
