import KerfGraph

/// Which values of a graph are rounded to levels, and which of them must share these.
///
/// A quantized layer needs levels at its input and gives them at its output, behind an activation that only cuts off. Between layers, nodes that
/// move elements or add stay on levels where all their inputs have them and somebody behind them needs levels.
package struct QuantizationLayout: Sendable {
  /// Nodes that compute on levels, by place: quantized layers and what lies between.
  package let computing: Set<Int>
  /// Values with levels, in the order of the graph.
  package let values: [String]
  /// Graph inputs among them: readers that compute on real numbers take the input as it is.
  package let inputs: Set<String>
  /// The value whose range gives a value its levels: itself, or what it was moved from.
  package private(set) var owner: [String: String]
  /// For each concatenation the owners of its parts and of the whole.
  let concatenations: [[String]]
  /// For each layer, by place of its node, the value that carries its result.
  package let results: [Int: String]

  /// - Parameter layers: those to quantize.
  package init(_ model: Model, layers: [LinearLayer]) {
    let graph = model.graph
    let index = GraphIndex(graph)
    let chosen = Set(layers.map(\.index))
    let feeds = Set(graph.inputs.map(\.name))

    /// Where the levels of what a node makes stand: behind the activation that follows, if it only cuts off.
    func result(of node: Node) -> String {
      let output = node.outputs[0]
      guard let reader = index.onlyConsumer(of: output), NodeRole.isCut(graph.nodes[reader], index: index) else { return output }
      return graph.nodes[reader].outputs[0]
    }

    // Forwards: what could have levels.
    var able: Set<String> = []
    var roles: [Int: NodeRole] = [:]
    var cut: Set<Int> = []
    for (place, node) in graph.nodes.enumerated() {
      if chosen.contains(place) {
        able.insert(node.inputs[0])
        able.insert(result(of: node))
      } else {
        if cut.contains(place) { continue }
        let role = NodeRole(node, index: index)
        guard role.isOnLevels, !node.outputs.isEmpty else { continue }
        let data = NodeRole.dataInputs(node)
        guard !data.isEmpty, data.allSatisfy({ able.contains($0) && !feeds.contains($0) }) else { continue }
        roles[place] = role
        guard role == .arithmetic else {
          able.formUnion(node.outputs)
          continue
        }
        able.insert(result(of: node))
      }
      if let reader = index.onlyConsumer(of: node.outputs[0]), NodeRole.isCut(graph.nodes[reader], index: index) { cut.insert(reader) }
    }

    // Backwards: what of it somebody needs.
    var needed: Set<String> = []
    var computing: Set<Int> = []
    for (place, node) in graph.nodes.enumerated().reversed() {
      if chosen.contains(place) {
        computing.insert(place)
        needed.insert(node.inputs[0])
        // A convolution gives levels in any case: other runtimes compute it on integers only then.
        if node.opType.hasPrefix("Conv") { needed.insert(result(of: node)) }
      } else if let role = roles[place] {
        let made = role == .arithmetic ? [result(of: node)] : node.outputs
        guard made.contains(where: needed.contains) else { continue }
        computing.insert(place)
        needed.formUnion(NodeRole.dataInputs(node))
        if role != .arithmetic { needed.formUnion(made.filter { !$0.isEmpty && !index.consumers(of: $0).isEmpty }) }
      }
    }
    self.computing = computing
    values = (graph.inputs.map(\.name) + graph.nodes.flatMap(\.outputs)).filter(needed.contains)
    inputs = feeds.intersection(needed)

    var owner: [String: String] = [:]
    var concatenations: [[String]] = []
    for value in values { owner[value] = value }
    for (place, node) in graph.nodes.enumerated() where computing.contains(place) {
      switch roles[place] {
      case .transparent:
        for output in node.outputs where owner[output] != nil { owner[output] = owner[node.inputs[0]] }
      case .joint: concatenations.append((node.inputs + node.outputs).compactMap { owner[$0] })
      default: break
      }
    }
    self.owner = owner
    self.concatenations = concatenations
    var results: [Int: String] = [:]
    for layer in layers {
      let made = result(of: layer.node)
      results[layer.index] = needed.contains(made) ? made : layer.output
    }
    self.results = results
  }

  /// The values whose ranges must be known.
  package var owners: [String] { values.filter { owner[$0] == $0 } }

  /// Ranges of all values from those of the owners.
  ///
  /// The parts of a concatenation share the whole's range where none of them loses more than a bit by that: parts are then written in place.
  package func ranges(_ measured: [String: ValueRange]) -> [String: ValueRange] {
    var measured = measured
    var parent: [String: String] = [:]
    func root(_ name: String) -> String {
      var name = name
      while let next = parent[name], next != name { name = next }
      return name
    }
    for members in concatenations {
      let roots = Set(members.map(root)).sorted()
      let known = roots.compactMap { measured[$0] }
      guard known.count == roots.count, let first = known.first else { continue }
      let whole = known.dropFirst().reduce(first) { $0.union($1) }
      guard known.allSatisfy({ 2 * $0.width >= whole.width }) else { continue }
      for name in roots { parent[name] = roots[0] }
      measured[roots[0]] = whole
    }
    var ranges: [String: ValueRange] = [:]
    for value in values { ranges[value] = measured[root(owner[value] ?? value)] }
    return ranges
  }
}

extension NodeRole {
  fileprivate var isOnLevels: Bool { self != .float }
}
