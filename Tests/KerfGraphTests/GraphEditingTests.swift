import KerfGraph
import Testing

@Suite struct GraphEditingTests {
  /// `x → conv (w, b) → relu → y`, `w` shared with a second convolution, `b` listed as an input.
  static func graph() -> Graph {
    Graph(
      name: "g",
      nodes: [
        Node("Conv", name: "conv", inputs: ["x", "w", "b"], outputs: ["h"]), Node("Relu", name: "relu", inputs: ["h"], outputs: ["r"]),
        Node("Constant", inputs: [], outputs: ["k"], attributes: [Attribute("value_ints", .ints([1, 2]))]),
        Node("Conv", name: "other", inputs: ["r", "w"], outputs: ["y"]),
        Node("Reshape", name: "shape", inputs: ["r", "k"], outputs: ["z"]),
      ],
      initializers: [
        Initializer("w", Tensor([1, 2, 3, 4] as [Float], shape: [2, 2, 1])), Initializer("b", Tensor([0, 0] as [Float], shape: [2])),
      ],
      inputs: [ValueInfo("x", .tensor(.float, [.unknown, .fixed(2), .unknown])), ValueInfo("b", .tensor(.float, [.fixed(2)]))],
      outputs: ["y", "z"].map { ValueInfo($0, .tensor(.float, nil)) })
  }

  @Test func theIndexKnowsMakersReadersAndConstants() {
    let index = GraphIndex(Self.graph())
    #expect(index.producer(of: "r") == 1)
    #expect(index.producer(of: "x") == nil)
    #expect(index.consumers(of: "r") == [3, 4])
    #expect(index.onlyConsumer(of: "h") == 1)
    #expect(index.onlyConsumer(of: "r") == nil)
    #expect(index.isOutput("y"))
    #expect(index.constant(named: "b")?.shape == [2])
    #expect(index.constant(named: "k")?.integers() == [1, 2])
    #expect(index.constant(named: "x") == nil)
  }

  @Test func aNodeIsReplacedByAChainThatKeepsItsOutput() throws {
    var graph = Self.graph()
    var names = NameSupply(graph)
    let made = graph.replaceNode(
      at: 0,
      withChain: [
        ChainStep("Conv", suffix: "first", weights: [("weight", Tensor([1, 1] as [Float], shape: [1, 2, 1]))]),
        ChainStep(
          "Conv", suffix: "second",
          weights: [("weight", Tensor([1, 1] as [Float], shape: [2, 1, 1])), ("bias", Tensor([0, 0] as [Float], shape: [2]))]),
      ], names: &names)
    #expect(made == ["conv_first", "conv_second"])
    #expect(graph.nodes[0].inputs == ["x", "conv_first_weight"])
    #expect(graph.nodes[1].inputs == ["conv_first_output", "conv_second_weight", "conv_second_bias"])
    #expect(graph.nodes[1].outputs == ["h"])
    #expect(
      graph.initializers.map(\.name) == ["w", "conv_first_weight", "conv_second_weight", "conv_second_bias"], "w is still read, b is not")
    #expect(graph.inputs.map(\.name) == ["x"])
    try graph.sortTopologically()
  }

  @Test func aPartIsCutOut() throws {
    let part = try Self.graph().extractSubgraph(
      inputs: ["h"], outputs: ["z"], types: ["h": TensorInfo(.float, [.fixed(1), .fixed(2), .fixed(3)])])
    #expect(part.nodes.map(\.opType) == ["Relu", "Constant", "Reshape"])
    #expect(part.initializers.isEmpty)
    #expect(part.inputs == [ValueInfo("h", .tensor(.float, [.fixed(1), .fixed(2), .fixed(3)]))])
    #expect(throws: GraphError.self) { try Self.graph().extractSubgraph(inputs: ["z"], outputs: ["y"]) }
  }

  @Test func freshNamesDifferFromEveryName() {
    let inner = Graph(nodes: [Node("Relu", name: "deep", inputs: ["x"], outputs: ["deeper"])])
    var graph = Self.graph()
    graph.nodes.append(Node("If", inputs: ["k"], outputs: ["i"], attributes: [Attribute("then_branch", .graph(inner))]))
    var names = NameSupply(graph)
    #expect(
      ["deep", "deeper", "conv", "free", "free", ""].map { names.fresh($0) } == ["deep_1", "deeper_1", "conv_1", "free", "free_1", "_1"])
  }

  @Test func sortingKeepsAnOrderThatIsRightAndRepairsOneThatIsNot() throws {
    let graph = Self.graph()
    var same = graph
    try same.sortTopologically()
    #expect(same == graph)
    var turned = graph
    turned.nodes.reverse()
    try turned.sortTopologically()
    for (i, node) in turned.nodes.enumerated() {
      for name in node.reads { #expect(GraphIndex(turned).producer(of: name).map { $0 < i } ?? true) }
    }
  }

  @Test func aLongChainInReverseIsSortedWithoutRecursion() throws {
    let count = 50_000
    let nodes = (0..<count).map { Node("Relu", inputs: ["v\($0)"], outputs: ["v\($0 + 1)"]) }
    var graph = Graph(nodes: nodes.reversed(), inputs: [ValueInfo("v0", .unknown)], outputs: [ValueInfo("v\(count)", .unknown)])
    try graph.sortTopologically()
    #expect(graph.nodes == nodes)
  }
}
