import KerfEngine
import KerfGraph
import Testing

@Suite struct InlineFunctionsTests {
  /// `Twice(X; k) = Scale(Scale(X; k); k)`, `Scale(X; k = 3) = X · k`.
  static func model(callAttributes: [Attribute] = []) -> Model {
    let scale = Function(
      name: "Scale", domain: "local", inputs: ["X"], outputs: ["Y"], defaults: [Attribute("k", .float(3))], opsets: ["": 13],
      nodes: [
        Node("Constant", inputs: [], outputs: ["t"], attributes: [Attribute("value_float", .reference("k", type: 1))]),
        Node("Mul", name: "mul", inputs: ["X", "t"], outputs: ["Y"]),
      ])
    let twice = Function(
      name: "Twice", domain: "local", inputs: ["X", "unused"], outputs: ["Y", "X"], attributes: ["k"], opsets: ["": 13, "local": 1],
      nodes: [
        Node("Scale", domain: "local", inputs: ["X"], outputs: ["t"], attributes: [Attribute("k", .reference("k", type: 1))]),
        Node("Scale", domain: "local", inputs: ["t"], outputs: ["Y"], attributes: [Attribute("k", .reference("k", type: 1))]),
      ])
    return Model(
      opsets: ["": 13, "local": 1],
      graph: Graph(
        nodes: [
          Node("Twice", name: "p", domain: "local", inputs: ["x"], outputs: ["t", "copy"], attributes: callAttributes),
          Node("Twice", name: "q", domain: "local", inputs: ["t"], outputs: ["y"], attributes: callAttributes),
        ], inputs: [ValueInfo("x", .tensor(.float, [.fixed(1)]))],
        outputs: ["y", "copy"].map { ValueInfo($0, .tensor(.float, [.fixed(1)])) }), functions: [scale, twice])
  }

  @Test(arguments: [Float(3), 2]) func callsBecomeBodies(_ k: Float) throws {
    let expected = k * k * k * k
    // 3 is the default of the innermost function.
    var model = Self.model(callAttributes: k == 3 ? [] : [Attribute("k", .float(k))])
    try model.run([InlineFunctions.self])
    #expect(model.functions.isEmpty)
    #expect(model.graph.nodes.allSatisfy { $0.domain.isEmpty })
    #expect(Set(model.graph.nodes.map(\.name)).count == model.graph.nodes.count)
    try model.graph.sortTopologically()
    let outputs = try Interpreter(model).run(["x": Tensor([1] as [Float], shape: [1])])
    #expect(outputs["y"]?.floats() == [expected])
    #expect(outputs["copy"]?.floats() == [1])
  }

  @Test func aFunctionThatCallsItselfIsRefused() {
    var model = Self.model()
    model.functions[0].nodes.append(Node("Twice", domain: "local", inputs: ["Y"], outputs: ["Z"]))
    #expect(throws: GraphError.self) { try model.run([InlineFunctions.self]) }
  }

  @Test func functionsThatMultiplyWithoutBoundAreRefused() {
    let doubling = (0..<40).map { level in
      Function(
        name: "F\(level)", domain: "d", inputs: ["X"], outputs: ["Y"], opsets: ["d": 1],
        nodes: [
          Node("F\(level + 1)", domain: "d", inputs: ["X"], outputs: ["t"]),
          Node("F\(level + 1)", domain: "d", inputs: ["t"], outputs: ["Y"]),
        ])
    }
    var model = Model(graph: Graph(nodes: [Node("F0", domain: "d", inputs: ["x"], outputs: ["y"])]), functions: doubling)
    #expect(throws: GraphError.self) { try model.run([InlineFunctions.self]) }
  }

  @Test func callsWithinCallsEnd() {
    let chain = (0..<10_000).map { level in
      Function(
        name: "F\(level)", domain: "d", inputs: ["X"], outputs: ["Y"], opsets: ["d": 1],
        nodes: [Node("F\(level + 1)", domain: "d", inputs: ["X"], outputs: ["Y"])])
    }
    var model = Model(graph: Graph(nodes: [Node("F0", domain: "d", inputs: ["x"], outputs: ["y"])]), functions: chain)
    #expect(throws: GraphError.self) { try model.run([InlineFunctions.self]) }
  }

  @Test func aFunctionOfAnotherOperatorSetStaysACall() throws {
    var model = Self.model()
    model.functions[0].opsets[""] = 14
    try model.run([InlineFunctions.self])
    #expect(model.functions.map(\.name) == ["Scale"])
    #expect(model.graph.nodes.filter { $0.opType == "Scale" }.count == 4)
  }

  @Test func subgraphsOfBodiesReadTheCallersValues() throws {
    let inner = Graph(
      nodes: [Node("Mul", inputs: ["X", "c"], outputs: ["m"])], initializers: [Initializer("c", Tensor(scalar: Float(2)))],
      outputs: [ValueInfo("m", .unknown)])
    let function = Function(
      name: "F", domain: "d", inputs: ["X", "flag"], outputs: ["Y"], opsets: ["": 13],
      nodes: [
        Node(
          "If", inputs: ["flag"], outputs: ["Y"],
          attributes: [Attribute("then_branch", .graph(inner)), Attribute("else_branch", .graph(inner))])
      ])
    var model = Model(
      opsets: ["": 13, "d": 1],
      graph: Graph(
        nodes: [Node("F", domain: "d", inputs: ["x", "b"], outputs: ["m"]), Node("F", domain: "d", inputs: ["m", "b"], outputs: ["y"])],
        inputs: [ValueInfo("x", .unknown), ValueInfo("b", .unknown)], outputs: [ValueInfo("y", .unknown)]), functions: [function])
    try model.run([InlineFunctions.self])
    try model.graph.sortTopologically()
    #expect(model.graph.nodes.map { $0.opType } == ["If", "If"])
    #expect(model.graph.nodes.map { Set($0.reads).sorted() } == [["b", "x"], ["b", "m"]])
    #expect(model.graph.nodes[0].subgraphs[0].definedNames.isDisjoint(with: model.graph.definedNames))
  }
}
