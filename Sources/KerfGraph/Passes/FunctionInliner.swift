/// Which function a node calls.
struct FunctionKey: Hashable {
  let domain, name, overload: String

  init(_ node: Node) { (domain, name, overload) = (node.domain, node.opType, node.overload) }
  init(_ function: Function) { (domain, name, overload) = (function.domain, function.name, function.overload) }
}

/// Copies functions' bodies into the places of their calls.
struct FunctionInliner {
  let all: [Function]
  private let functions: [FunctionKey: Function]
  private(set) var opsets: [String: Int64]
  private var names: NameSupply

  private static let nodeLimit = 1 << 20
  /// Calls within calls: expanding them recurses.
  private static let depthLimit = 200

  init(_ model: Model) {
    all = model.functions
    opsets = model.opsets
    names = NameSupply(model.graph)
    functions = Dictionary(model.functions.map { (FunctionKey($0), $0) }, uniquingKeysWith: { first, _ in first })
  }

  /// Adds up what the calls will expand to before anything is expanded: functions that call others twice, those others twice, …, grow
  /// without bound.
  /// - Throws: `GraphError.structure` for a function that calls itself, `.value` for more than 2²⁰ nodes.
  func checkSize(of nodes: [Node]) throws(GraphError) {
    var sizes: [FunctionKey: Int] = [:]
    var open: Set<FunctionKey> = []
    func size(_ nodes: [Node]) throws(GraphError) -> Int {
      var total = 0
      for node in nodes {
        total += 1
        for graph in node.subgraphs { total += try size(graph.nodes) }
        let key = FunctionKey(node)
        guard let function = functions[key], fits(function) else { continue }
        if let known = sizes[key] {
          total += known
        } else {
          if !open.insert(key).inserted { throw GraphError(.structure, node: node.label, "function '\(function.name)' calls itself") }
          if open.count > Self.depthLimit { throw GraphError(.value, node: node.label, "calls are more than \(Self.depthLimit) deep") }
          let body = try size(function.nodes)
          open.remove(key)
          sizes[key] = body
          total += body
        }
        if total > Self.nodeLimit { throw GraphError(.value, node: node.label, "the calls expand to more than \(Self.nodeLimit) nodes") }
      }
      return total
    }
    _ = try size(nodes)
  }

  mutating func expand(_ nodes: [Node]) throws(GraphError) -> [Node] {
    var result: [Node] = []
    for node in nodes {
      guard let function = functions[FunctionKey(node)], fits(function) else {
        var node = node
        for i in node.attributes.indices {
          try node.attributes[i].value.mapGraphs { graph throws(GraphError) in graph.nodes = try expand(graph.nodes) }
        }
        result.append(node)
        continue
      }
      result += try expand(try body(of: function, calledBy: node))
    }
    return result
  }

  /// Whether the function is written in the model's versions of the operator sets.
  private func fits(_ function: Function) -> Bool {
    let used = Set(function.nodes.map(\.domain))
    return function.opsets.allSatisfy { domain, version in !used.contains(domain) || opsets[domain] == nil || opsets[domain] == version }
  }

  /// The function's nodes with the caller's names and attributes.
  private mutating func body(of function: Function, calledBy call: Node) throws(GraphError) -> [Node] {
    for node in function.nodes where opsets[node.domain] == nil { opsets[node.domain] = function.opsets[node.domain] ?? 1 }
    if call.inputs.count > function.inputs.count || call.outputs.count > function.outputs.count {
      throw GraphError(
        .structure, node: call.label,
        "has \(call.inputs.count) inputs and \(call.outputs.count) outputs, function '\(function.name)' has \(function.inputs.count) and \(function.outputs.count)"
      )
    }
    var values: [String: String] = [:]
    for (i, formal) in function.inputs.enumerated() { values[formal] = i < call.inputs.count ? call.inputs[i] : "" }
    var copies: [Node] = []
    for (i, formal) in function.outputs.enumerated() {
      guard i < call.outputs.count, !call.outputs[i].isEmpty else { continue }
      if let source = values[formal] {
        // The output is an input of the function, or the same as an output before.
        copies.append(Node("Identity", name: names.fresh("\(call.label)_copy"), inputs: [source], outputs: [call.outputs[i]]))
      } else {
        values[formal] = call.outputs[i]
      }
    }
    var attributes = Dictionary(function.defaults.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    for attribute in call.attributes { attributes[attribute.name] = attribute }

    for output in function.nodes.flatMap(\.outputs) where !output.isEmpty && values[output] == nil {
      values[output] = names.fresh("\(call.label)_\(output)")
    }
    var result: [Node] = []
    for node in function.nodes { result.append(try instance(of: node, values: values, attributes: attributes, prefix: call.label)) }
    return result + copies
  }

  private mutating func instance(
    of node: Node, values: [String: String], attributes: [String: Attribute], prefix: String
  ) throws(GraphError) -> Node {
    var node = node
    func actual(_ name: String) throws(GraphError) -> String {
      if name.isEmpty { return "" }
      guard let value = values[name] else { throw GraphError(.structure, node: node.label, "reads '\(name)', which nothing makes") }
      return value
    }
    var inputs: [String] = []
    for name in node.inputs { inputs.append(try actual(name)) }
    var outputs: [String] = []
    for name in node.outputs { outputs.append(try actual(name)) }
    (node.inputs, node.outputs) = (inputs, outputs)
    node.name = names.fresh("\(prefix)_\(node.name.isEmpty ? node.opType : node.name)")
    var stated: [Attribute] = []
    for var attribute in node.attributes {
      if case .reference(let source, _) = attribute.value {
        guard let given = attributes[source] else { continue }
        attribute.value = given.value
        attribute.extra = given.extra
        stated.append(attribute)
        continue
      }
      try attribute.value.mapGraphs { graph throws(GraphError) in
        graph = try instance(of: graph, values: values, attributes: attributes, prefix: prefix)
      }
      stated.append(attribute)
    }
    node.attributes = stated
    return node
  }

  private mutating func instance(
    of graph: Graph, values: [String: String], attributes: [String: Attribute], prefix: String
  ) throws(GraphError) -> Graph {
    var graph = graph
    var values = values
    for name in graph.definedNames.sorted() where !graph.carried.contains(name) { values[name] = names.fresh("\(prefix)_\(name)") }
    func rename(_ infos: inout [ValueInfo]) { for i in infos.indices { infos[i].name = values[infos[i].name] ?? infos[i].name } }
    rename(&graph.inputs)
    rename(&graph.outputs)
    rename(&graph.valueInfo)
    for i in graph.initializers.indices { graph.initializers[i].name = values[graph.initializers[i].name] ?? graph.initializers[i].name }
    for name in graph.carried { values[name] = name }
    var nodes: [Node] = []
    for node in graph.nodes { nodes.append(try instance(of: node, values: values, attributes: attributes, prefix: prefix)) }
    graph.nodes = nodes
    return graph
  }

  /// Functions that the nodes call, and those that they call in turn.
  func stillCalled(by nodes: [Node]) -> [Function] {
    var called: Set<FunctionKey> = []
    var pending = nodes
    while let node = pending.popLast() {
      for graph in node.subgraphs { pending += graph.nodes }
      if let function = functions[FunctionKey(node)], called.insert(FunctionKey(node)).inserted { pending += function.nodes }
    }
    return all.filter { called.contains(FunctionKey($0)) }
  }
}
