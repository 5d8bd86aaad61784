extension Node {
  /// The graphs that the node's attributes hold: bodies of `If`, `Loop`, `Scan`.
  public var subgraphs: [Graph] {
    attributes.flatMap { attribute -> [Graph] in
      switch attribute.value {
      case .graph(let graph): [graph]
      case .graphs(let graphs): graphs
      default: []
      }
    }
  }

  /// Every name that the node reads: its inputs that are there, then what its subgraphs take from around it.
  public var reads: [String] {
    let direct = inputs.filter { !$0.isEmpty }
    let inner = subgraphs
    return inner.isEmpty ? direct : direct + inner.flatMap(\.capturedNames)
  }
}

extension Graph {
  /// Names that the graph makes or is given: inputs, initializers, carried values, node outputs.
  public var definedNames: Set<String> {
    var names = Set(inputs.map(\.name))
    names.formUnion(initializers.map(\.name))
    names.formUnion(carried)
    for node in nodes { names.formUnion(node.outputs) }
    names.remove("")
    return names
  }

  /// Names that the graph reads and does not define: what a subgraph takes from the graphs around it.
  public var capturedNames: Set<String> {
    var names = Set(outputs.map(\.name))
    for node in nodes { names.formUnion(node.reads) }
    names.remove("")
    return names.subtracting(definedNames)
  }

  /// Every name in the graph and its subgraphs, of values and of nodes: what a fresh name must differ from.
  public var allNames: Set<String> {
    var names = definedNames
    names.formUnion(outputs.map(\.name))
    names.formUnion(valueInfo.map(\.name))
    for node in nodes {
      names.insert(node.name)
      names.formUnion(node.inputs)
      for graph in node.subgraphs { names.formUnion(graph.allNames) }
    }
    return names
  }
}

/// Hands out names that nothing in a graph bears.
public struct NameSupply: Sendable {
  private var taken: Set<String>

  public init(_ graph: Graph) { taken = graph.allNames }

  public init(taken: Set<String>) { self.taken = taken }

  /// `base`, else `base_1`, `base_2`, … whichever is free first.
  public mutating func fresh(_ base: String) -> String {
    var name = base
    var number = 0
    while name.isEmpty || !taken.insert(name).inserted {
      number += 1
      name = "\(base)_\(number)"
    }
    return name
  }
}
