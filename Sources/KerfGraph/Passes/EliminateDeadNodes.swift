/// Removes nodes whose outputs nobody reads, then constants and declared types that nothing needs.
///
/// The graph's inputs and outputs stay; an input that only declares a removed constant goes with it.
public struct EliminateDeadNodes: Pass {
  public static let name = "eliminate-dead-nodes"
  public static let summary = "Removes nodes and constants that no output depends on."

  public init() {}

  public func run(on model: inout Model, with context: PassContext) throws(GraphError) { model.graph.eliminateDeadNodes() }
}

extension Graph {
  /// See `EliminateDeadNodes`.
  /// - Complexity: linear in the number of names.
  public mutating func eliminateDeadNodes() {
    let index = GraphIndex(self)
    var live: Set<Int> = []
    var needed = Set(outputs.map(\.name))
    var pending = Array(needed)
    while let name = pending.popLast() {
      guard let i = index.producer(of: name), live.insert(i).inserted else { continue }
      for read in nodes[i].reads where needed.insert(read).inserted { pending.append(read) }
    }
    nodes = nodes.indices.filter(live.contains).map { nodes[$0] }
    let dead = Set(initializers.map(\.name).filter { !needed.contains($0) })
    initializers.removeAll { dead.contains($0.name) }
    inputs.removeAll { dead.contains($0.name) }
    let alive = definedNames
    valueInfo.removeAll { !alive.contains($0.name) }
  }
}
