/// Gives nodes of one name names of their own: layers are chosen, reported and repeated by name.
public struct UniqueNodeNames: Pass {
  public static let name = "unique-node-names"
  public static let summary = "Renames nodes that bear the name of one before them."

  public init() {}

  public func run(on model: inout Model, with context: PassContext) throws(GraphError) {
    var taken = Set(model.graph.nodes.map(\.name))
    var seen: Set<String> = [""]
    for index in model.graph.nodes.indices {
      let name = model.graph.nodes[index].name
      if name.isEmpty || seen.insert(name).inserted { continue }
      var number = 2
      while !taken.insert("\(name)_\(number)").inserted { number += 1 }
      model.graph.nodes[index].name = "\(name)_\(number)"
    }
  }
}
