import KerfEngine
import KerfGraph
import Testing

/// Every pass keeps what a model computes; each does what it is for.
@Suite struct PassTests {
  static func weights(_ shape: [Int], _ scale: Float = 1) -> Tensor {
    Tensor((0..<shape.reduce(1, *)).map { scale * (Float($0 * 7 % 11) / 5 - 1) }, shape: shape)
  }

  static func normalization(_ channels: Int, _ x: String, _ y: String) -> (Node, [Initializer]) {
    let constants = [("scale", Float(1.5)), ("shift", -0.5), ("mean", 0.25), ("variance", 0.75)].map { name, base in
      Initializer("\(y)_\(name)", Tensor((0..<channels).map { base + Float($0) / 4 }, shape: [channels]))
    }
    let epsilon = Attribute("epsilon", .float(0.01))
    return (
      Node("BatchNormalization", name: "bn_\(y)", inputs: [x] + constants.map(\.name), outputs: [y], attributes: [epsilon]), constants
    )
  }

  /// Conv, grouped ConvTranspose and Gemm, each with a normalization, between identities, dropout, dead and constant parts.
  static func network() -> Model {
    let (bn1, constants1) = normalization(4, "a", "b")
    let (bn2, constants2) = normalization(6, "d", "e")
    let (bn3, constants3) = normalization(3, "i", "j")
    let nodes = [
      Node("Identity", name: "first", inputs: ["x"], outputs: ["x0"]),
      Node("Identity", name: "ofWeight", inputs: ["w1"], outputs: ["w1i"]),
      Node("Conv", name: "conv", inputs: ["x0", "w1"], outputs: ["a"]), bn1,
      Node("Dropout", name: "drop", inputs: ["b"], outputs: ["c", "mask"]),
      Node(
        "ConvTranspose", name: "up", inputs: ["c", "w2", "b2"], outputs: ["d"],
        attributes: [Attribute("group", .int(2)), Attribute("strides", .ints([2, 2]))]), bn2,
      Node("Mul", name: "constant", inputs: ["two", "two"], outputs: ["four"]),
      Node("Mul", name: "scale", inputs: ["e", "four"], outputs: ["f"]),
      Node("GlobalAveragePool", name: "pool", inputs: ["f"], outputs: ["g"]), Node("Flatten", name: "flat", inputs: ["g"], outputs: ["h"]),
      Node(
        "Gemm", name: "fc", inputs: ["h", "w3", "b3"], outputs: ["i"],
        attributes: [Attribute("transB", .int(1)), Attribute("beta", .float(0.5)), Attribute("alpha", .float(2))]), bn3,
      Node("Relu", name: "dead", inputs: ["j"], outputs: ["unread"]), Node("Identity", name: "last", inputs: ["j"], outputs: ["y"]),
      Node("Conv", name: "kept", inputs: ["x", "w1i"], outputs: ["z"]),
    ]
    let constants = [
      Initializer("w1", weights([4, 2, 3, 3])), Initializer("w2", weights([4, 3, 2, 2])), Initializer("b2", weights([6])),
      Initializer("two", Tensor(scalar: Float(2))), Initializer("w3", weights([3, 6])), Initializer("b3", weights([1, 3])),
      Initializer("unused", weights([5])),
    ]
    return Model(
      opsets: ["": 13],
      graph: Graph(
        name: "net", nodes: nodes, initializers: constants + constants1 + constants2 + constants3,
        inputs: [ValueInfo("x", .tensor(.float, [.symbolic("n"), .fixed(2), .fixed(6), .fixed(5)]))],
        outputs: ["y", "z"].map { ValueInfo($0, .tensor(.float, nil)) }))
  }

  static let context = PassContext(evaluator: { node, inputs in try? Interpreter.evaluate(node, inputs, opset: 13) })

  private func run(_ model: Model) throws -> [[Float]] {
    let x = Tensor((0..<120).map { Float($0 * 13 % 17) / 8 - 1 }, shape: [2, 2, 6, 5])
    let outputs = try Interpreter(model).run(["x": x])
    return try model.graph.outputs.map { try #require(outputs[$0.name]?.floats()) }
  }

  private func expectClose(_ a: [[Float]], _ b: [[Float]]) {
    #expect(a.map(\.count) == b.map(\.count))
    for (p, q) in zip(a.joined(), b.joined()) { #expect(abs(p - q) <= 1e-5 * max(1, abs(p)), "\(p) \(q)") }
  }

  @Test(arguments: PassRegistry.all.map { $0.name }) func aPassKeepsWhatTheModelComputes(_ name: String) throws {
    let model = Self.network()
    var changed = model
    try changed.run([try #require(PassRegistry.pass(named: name))], with: Self.context)
    try expectClose(run(model), run(changed))
    #expect(changed.graph.inputs == model.graph.inputs)
    #expect(changed.graph.outputs == model.graph.outputs)
    var sorted = changed.graph
    try sorted.sortTopologically()
    #expect(sorted == changed.graph, "the result is in order")
  }

  @Test func allPassesTogetherLeaveOnlyWhatIsNeeded() throws {
    let model = Self.network()
    var changed = model
    try changed.run(PassRegistry.all, with: Self.context)
    try expectClose(run(model), run(changed))
    #expect(changed.graph.nodes.map(\.name) == ["conv", "up", "scale", "pool", "flat", "fc", "kept"])
    #expect(!changed.graph.initializers.contains { ["unused", "two", "b_scale", "w2"].contains($0.name) })
  }

  @Test func normalizationIsFoldedIntoEachKindOfLayer() throws {
    var graph = Self.network().graph
    #expect(graph.foldBatchNormalization(opset: 13) == 3)
  }

  @Test func aNormalizationWhoseInputIsReadElsewhereStays() {
    var graph = Self.network().graph
    graph.nodes.append(Node("Relu", inputs: ["a"], outputs: ["again"]))
    let before = graph.nodes.filter { $0.opType == "BatchNormalization" }.count
    let folded = graph.foldBatchNormalization(opset: 13)
    #expect(graph.nodes.filter { $0.opType == "BatchNormalization" }.count == before - folded)
    #expect(graph.nodes.contains { $0.name == "bn_b" })
  }

  @Test func nodesOfOneNameAreNamedApart() throws {
    func node(_ name: String, _ output: String) -> Node { Node("Relu", name: name, inputs: ["x"], outputs: [output]) }
    var model = Self.network()
    model.graph.nodes = [node("a", "1"), node("", "2"), node("a", "3"), node("a_2", "4"), node("", "5"), node("a", "6")]
    try model.run([UniqueNodeNames.self])
    #expect(model.graph.nodes.map(\.name) == ["a", "", "a_3", "a_2", "", "a_4"])
  }

  @Test func trainingModeIsNotFolded() {
    var graph = Self.network().graph
    for i in graph.nodes.indices where graph.nodes[i].opType == "BatchNormalization" {
      graph.nodes[i].attributes.append(Attribute("training_mode", .int(1)))
    }
    #expect(graph.foldBatchNormalization(opset: 15) == 0)
  }

  @Test func foldingStopsAtTheSizeLimit() throws {
    let graph = Graph(
      nodes: [
        Node("Expand", name: "big", inputs: ["one", "shape"], outputs: ["e"]),
        Node("Mul", name: "use", inputs: ["x", "e"], outputs: ["y"]),
      ],
      initializers: [Initializer("one", Tensor([1] as [Float], shape: [1])), Initializer("shape", Tensor([100] as [Int64], shape: [1]))],
      inputs: [ValueInfo("x", .tensor(.float, nil))], outputs: [ValueInfo("y", .unknown)])
    let evaluator = try #require(Self.context.evaluator)
    var small = graph
    try small.foldConstants(opset: 13, limit: 99, evaluator: evaluator)
    #expect(small == graph)
    var large = graph
    try large.foldConstants(opset: 13, limit: 100, evaluator: evaluator)
    #expect(large.nodes.map(\.name) == ["use"])
    #expect(large.constant(named: "e")?.shape == [100])
    #expect(large.initializers.map(\.name) == ["e"])
  }

  @Test func identitiesThatJoinInterfaceAndConstantsStay() {
    var graph = Graph(
      nodes: [
        Node("Identity", name: "through", inputs: ["x"], outputs: ["y"]), Node("Relu", name: "r", inputs: ["x"], outputs: ["h"]),
        Node("Identity", name: "one", inputs: ["h"], outputs: ["o1"]), Node("Identity", name: "two", inputs: ["h"], outputs: ["o2"]),
      ], inputs: [ValueInfo("x", .unknown)], outputs: ["y", "o1", "o2"].map { ValueInfo($0, .unknown) })
    graph.eliminateIdentities(opset: 13)
    #expect(graph.nodes.map(\.name) == ["through", "r", "two"])
    #expect(graph.nodes[1].outputs == ["o1"])
    #expect(graph.nodes[2].inputs == ["o1"])
  }

  @Test func dropoutInTrainingStays() {
    var graph = Graph(
      nodes: [Node("Dropout", inputs: ["x", "", "train"], outputs: ["h"]), Node("Relu", inputs: ["h"], outputs: ["y"])],
      initializers: [Initializer("train", Tensor([true], shape: []))], inputs: [ValueInfo("x", .unknown)],
      outputs: [ValueInfo("y", .unknown)])
    let before = graph
    graph.eliminateIdentities(opset: 13)
    #expect(graph == before)
    graph.initializers[0].tensor = Tensor([false], shape: [])
    graph.eliminateIdentities(opset: 13)
    #expect(graph.nodes.map(\.opType) == ["Relu"])
  }
}
