/// One node of a chain that takes another node's place: it reads what the step before made, then its weights.
public struct ChainStep: Sendable {
  public var opType: String
  public var domain: String
  public var attributes: [Attribute]
  /// What distinguishes the step in names: `pointwise` gives the node `conv1_pointwise`.
  public var suffix: String
  /// Inputs after the first, by role: `("weight", …)` gives the initializer `conv1_pointwise_weight`.
  public var weights: [(role: String, tensor: Tensor)]

  public init(
    _ opType: String, domain: String = "", suffix: String, attributes: [Attribute] = [], weights: [(role: String, tensor: Tensor)] = []
  ) {
    self.opType = opType
    self.domain = domain
    self.attributes = attributes
    self.suffix = suffix
    self.weights = weights
  }
}

extension Graph {
  /// Puts nodes in the place of one node.
  ///
  /// The outputs of the old node that are still needed must be among those of the new ones. Initializers that only the old node read
  /// go, with the graph inputs that declare them.
  public mutating func replaceNode(at index: Int, with replacement: [Node], initializers added: [Initializer] = []) {
    let old = nodes[index]
    nodes.replaceSubrange(index...index, with: replacement)
    initializers += added
    removeInitializers(unreadAmong: old.inputs)
  }

  /// Puts a chain in the place of one node: the first step reads the node's first input, the last makes the node's first output, names
  /// between are fresh.
  /// - Returns: the new nodes' names.
  @discardableResult
  public mutating func replaceNode(at index: Int, withChain steps: [ChainStep], names: inout NameSupply) -> [String] {
    precondition(!steps.isEmpty, "a chain has at least one step")
    let old = nodes[index]
    let output = old.outputs.first ?? ""
    let stem = old.name.isEmpty ? output : old.name
    var current = old.inputs.first ?? ""
    var chain: [Node] = []
    var added: [Initializer] = []
    for (i, step) in steps.enumerated() {
      let name = names.fresh("\(stem)_\(step.suffix)")
      var inputs = [current]
      for (role, tensor) in step.weights {
        let weight = names.fresh("\(name)_\(role)")
        added.append(Initializer(weight, tensor))
        inputs.append(weight)
      }
      current = i == steps.count - 1 ? output : names.fresh("\(name)_output")
      chain.append(Node(step.opType, name: name, domain: step.domain, inputs: inputs, outputs: [current], attributes: step.attributes))
    }
    replaceNode(at: index, with: chain, initializers: added)
    return chain.map(\.name)
  }

  /// Removes those of the constants, initializers and `Constant` nodes, that nothing reads.
  public mutating func removeConstants(unreadAmong candidates: [String]) {
    removeInitializers(unreadAmong: candidates)
    var unread = Set(candidates).subtracting(outputs.map(\.name))
    for node in nodes { unread.subtract(node.reads) }
    nodes.removeAll { node in node.constantValue != nil && node.outputs.allSatisfy(unread.contains) }
  }

  /// Removes those of the initializers that nothing reads, with the graph inputs that declare them.
  mutating func removeInitializers(unreadAmong candidates: [String]) {
    var unread = Set(candidates).intersection(initializers.map(\.name))
    if unread.isEmpty { return }
    unread.subtract(outputs.map(\.name))
    for node in nodes { unread.subtract(node.reads) }
    if unread.isEmpty { return }
    initializers.removeAll { unread.contains($0.name) }
    inputs.removeAll { unread.contains($0.name) }
    valueInfo.removeAll { unread.contains($0.name) }
  }
}
