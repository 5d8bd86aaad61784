extension Graph {
  /// Checks the graph's structure and puts its nodes in an order in which each reads only what is already made.
  ///
  /// A graph that is in such an order stays as it is. Subgraphs are treated alike; they may read what the graphs around them define.
  /// - Throws: `GraphError.structure` where a name is made twice, a name is read that nothing makes, or nodes wait for each other.
  /// - Complexity: linear in the number of names.
  public mutating func sortTopologically() throws(GraphError) { try sortTopologically(scopes: []) }

  mutating func sortTopologically(scopes: [Set<String>]) throws(GraphError) {
    try checkSingleAssignment()
    let inner = scopes + [definedNames]
    func isVisible(_ name: String) -> Bool { inner.contains { $0.contains(name) } }

    for i in nodes.indices {
      for a in nodes[i].attributes.indices {
        try nodes[i].attributes[a].value.mapGraphs { graph throws(GraphError) in try graph.sortTopologically(scopes: inner) }
      }
      for name in nodes[i].inputs where !name.isEmpty && !isVisible(name) {
        throw GraphError(.structure, node: nodes[i].label, "reads '\(name)', which nothing makes")
      }
    }
    for output in outputs where !isVisible(output.name) {
      throw GraphError(.structure, "graph '\(name)': nothing makes the output '\(output.name)'")
    }
    nodes = try Self.sorted(nodes)
  }

  /// Each name is made once. (An initializer may bear an input's name: it is the default of that input.)
  private func checkSingleAssignment() throws(GraphError) {
    var seen: Set<String> = []
    for input in inputs where !seen.insert(input.name).inserted {
      throw GraphError(.structure, "graph '\(name)': two inputs are called '\(input.name)'")
    }
    var constants: Set<String> = []
    for constant in initializers.map(\.name) + carried where !constants.insert(constant).inserted {
      throw GraphError(.structure, "graph '\(name)': two initializers are called '\(constant)'")
    }
    seen.formUnion(constants)
    for node in nodes {
      for output in node.outputs where !output.isEmpty && !seen.insert(output).inserted {
        throw GraphError(.structure, node: node.label, "makes '\(output)', which is already made elsewhere")
      }
    }
  }

  /// Depth-first: a node comes after the nodes it reads from, otherwise in the order given.
  static func sorted(_ nodes: [Node]) throws(GraphError) -> [Node] {
    var maker: [String: Int] = [:]
    for (i, node) in nodes.enumerated() {
      for output in node.outputs where !output.isEmpty { maker[output] = i }
    }
    let sources = nodes.map { node in node.reads.compactMap { maker[$0] } }
    // Most files are in order already: then nothing moves.
    if !sources.enumerated().contains(where: { i, from in from.contains { $0 >= i } }) { return nodes }

    enum Mark { case untouched, open, done }
    var marks = [Mark](repeating: .untouched, count: nodes.count)
    var order: [Int] = []
    for start in nodes.indices where marks[start] == .untouched {
      var stack = [(node: start, next: 0)]
      marks[start] = .open
      while let (node, next) = stack.last {
        if next == sources[node].count {
          marks[node] = .done
          order.append(node)
          stack.removeLast()
          continue
        }
        stack[stack.count - 1].next += 1
        let source = sources[node][next]
        switch marks[source] {
        case .done: break
        case .open: throw GraphError(.structure, node: nodes[source].label, "waits for its own output: the graph has a cycle")
        case .untouched:
          marks[source] = .open
          stack.append((source, 0))
        }
      }
    }
    return order.map { nodes[$0] }
  }
}
