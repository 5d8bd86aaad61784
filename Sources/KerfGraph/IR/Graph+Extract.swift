extension Graph {
  /// The part of the graph that makes `outputs` out of `inputs`.
  ///
  /// - Parameters:
  ///   - inputs: values that become inputs of the part; what lies before them is cut off. Constants need not be named.
  ///   - types: inferred types of inner values, for the part's inputs and outputs; else the file's own are taken.
  /// - Throws: `GraphError.structure` where an output is unknown or needs a graph input that is not among `inputs`.
  public func extractSubgraph(
    inputs wantedInputs: [String], outputs wantedOutputs: [String], types: [String: TensorInfo] = [:]
  ) throws(GraphError) -> Graph {
    let index = GraphIndex(self)
    let constants = Set(initializers.map(\.name)).union(carried)
    let declared = Dictionary((valueInfo + outputs + inputs).map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    let cut = Set(wantedInputs)
    var needed: Set<Int> = []
    var used: Set<String> = []
    var pending = wantedOutputs
    while let name = pending.popLast() {
      if !used.insert(name).inserted || cut.contains(name) { continue }
      if let i = index.producer(of: name) {
        if needed.insert(i).inserted { pending += nodes[i].reads }
      } else if !constants.contains(name) {
        throw GraphError(.structure, "the part of graph '\(self.name)' needs '\(name)', which is neither made nor among \(wantedInputs)")
      }
    }
    func info(_ name: String) -> ValueInfo {
      if let type = types[name], type.type != .undefined { return ValueInfo(name, .tensor(type.type, type.shape)) }
      return declared[name] ?? ValueInfo(name, .unknown)
    }
    let part = needed.sorted().map { nodes[$0] }
    let made = Set(part.flatMap(\.outputs))
    return Graph(
      name: name, nodes: part, initializers: initializers.filter { used.contains($0.name) && !cut.contains($0.name) },
      inputs: wantedInputs.map(info), outputs: wantedOutputs.map(info), valueInfo: valueInfo.filter { made.contains($0.name) },
      carried: carried, extra: extra)
  }
}
