extension Attribute.Value {
  /// Changes the graphs that the value holds.
  mutating func mapGraphs(_ change: (inout Graph) throws(GraphError) -> Void) throws(GraphError) {
    switch self {
    case .graph(var graph):
      try change(&graph)
      self = .graph(graph)
    case .graphs(var graphs):
      for i in graphs.indices { try change(&graphs[i]) }
      self = .graphs(graphs)
    default: break
    }
  }
}
