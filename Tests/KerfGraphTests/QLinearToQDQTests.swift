import KerfEngine
import KerfGraph
import Testing

/// The rewritten network computes what the reference implementations of the integer operators compute.
@Suite struct QLinearToQDQTests {
  static func constant(_ name: String, _ value: Float) -> Initializer { Initializer(name, Tensor(scalar: value)) }
  static func levels(_ name: String, _ shape: [Int], seed: Int) -> Initializer {
    Initializer(name, Tensor(shape: shape, storage: .int8((0..<shape.reduce(1, *)).map { Int8(($0 * 29 + seed) % 255 - 127) })))
  }

  /// Every kind of node that is rewritten. All scales are powers of two, so that real and integer arithmetic are both exact.
  static func network(opset: Int64 = 13) -> Model {
    let nodes = [
      Node("QuantizeLinear", inputs: ["x", "s4", "u128"], outputs: ["q"]),
      Node(
        "QLinearConv", name: "conv", inputs: ["q", "s4", "u128", "w", "ws", "wz", "s1", "u10", "b"], outputs: ["c"],
        attributes: [Attribute("pads", .ints([1, 1, 1, 1]))]),
      Node(
        "MaxPool", name: "pool", inputs: ["c"], outputs: ["p"],
        attributes: ["kernel_shape", "strides"].map { Attribute($0, .ints([2, 2])) }),
      Node("QLinearConv", name: "pointwise", inputs: ["p", "s1", "u10", "v", "s4", "i0", "s1", "u10"], outputs: ["d"]),
      Node("QLinearAdd", name: "add", domain: "com.microsoft", inputs: ["p", "s1", "u10", "d", "s1", "u10", "s2", "u10"], outputs: ["e"]),
      Node("Split", name: "split", inputs: ["e"], outputs: ["e1", "e2"], attributes: [Attribute("axis", .int(1))]),
      Node("Pad", name: "pad", inputs: ["e1", "pads", "u10"], outputs: ["f"]),
      Node("Pad", name: "padZero", inputs: ["e2", "pads"], outputs: ["g"]),
      Node(
        "QLinearConcat", name: "concat", domain: "com.microsoft", inputs: ["s2", "u10", "f", "s2", "u10", "g", "s2", "u10"], outputs: ["h"],
        attributes: [Attribute("axis", .int(1))]),
      Node("QLinearGlobalAveragePool", name: "mean", domain: "com.microsoft", inputs: ["h", "s2", "u10", "s1", "u10"], outputs: ["m"]),
      Node("Flatten", name: "flat", inputs: ["m"], outputs: ["n"]),
      Node(
        "QGemm", name: "fc", domain: "com.microsoft", inputs: ["n", "s1", "u10", "fw", "fs", "fz", "fb", "s2", "u10"], outputs: ["o"],
        attributes: [Attribute("transB", .int(1)), Attribute("alpha", .float(0.5))]),
      Node("QLinearMatMul", name: "last", inputs: ["o", "s2", "u10", "lw", "ls", "lz", "s2", "u10"], outputs: ["r"]),
      Node("DequantizeLinear", inputs: ["r", "s2", "u10"], outputs: ["y"]),
    ]
    let constants = [
      constant("s1", 64), constant("s2", 128), constant("s4", 0.25), Initializer("u128", Tensor(shape: [], storage: .uint8([128]))),
      Initializer("u10", Tensor(shape: [], storage: .uint8([10]))), Initializer("i0", Tensor(shape: [], storage: .int8([0]))),
      levels("w", [4, 3, 3, 3], seed: 1), Initializer("ws", Tensor([0.5, 1, 2, 0.25], shape: [4])),
      Initializer("wz", Tensor(shape: [4], storage: .int8([0, 0, 0, 0]))),
      Initializer("b", Tensor(shape: [4], storage: .int32([100, -200, 3000, -40]))), levels("v", [4, 4, 1, 1], seed: 2),
      Initializer("pads", Tensor([0, 0, 1, 2, 0, 0, 0, 1] as [Int64], shape: [8])), levels("fw", [5, 4], seed: 3),
      Initializer("fs", Tensor([1, 0.5, 0.25, 2, 1], shape: [5])), Initializer("fz", Tensor(shape: [5], storage: .int8([0, 0, 0, 0, 0]))),
      Initializer("fb", Tensor(shape: [5], storage: .int32([7, -7, 70, -70, 0]))), levels("lw", [5, 2], seed: 4),
      Initializer("ls", Tensor([0.5, 0.25], shape: [2])), Initializer("lz", Tensor(shape: [2], storage: .int8([0, 0]))),
    ]
    return Model(
      opsets: ["": opset, "com.microsoft": 1],
      graph: Graph(
        name: "net", nodes: nodes, initializers: constants, inputs: [ValueInfo("x", .tensor(.float, [1, 3, 8, 6].map { .fixed($0) }))],
        outputs: [ValueInfo("y", .tensor(.float, nil))]))
  }

  private func values(_ model: Model, _ fetched: [String]) throws -> [String: Tensor] {
    let x = Tensor((0..<144).map { Float($0 * 13 % 97) / 2 - 20 }, shape: [1, 3, 8, 6])
    return try Interpreter(model).run(["x": x], fetching: fetched)
  }

  @Test func theRewrittenNetworkComputesTheSameLevels() throws {
    let model = Self.network()
    var changed = model
    try changed.run([QLinearToQDQ.self])
    let kept = ["c", "p", "d", "e", "f", "g", "h", "m", "o", "r", "y"]
    let (wanted, found) = (try values(model, kept), try values(changed, kept))
    for name in kept { #expect(found[name] == wanted[name], "\(name)") }
    #expect(Set(wanted["c"]?.floats() ?? []).count > 20, "the levels are not all saturated")
    let kinds = Set(changed.graph.nodes.map(\.opType))
    #expect(!kinds.contains { $0.hasPrefix("Q") && $0 != "QuantizeLinear" }, "\(kinds)")
    #expect(changed.graph.nodes.allSatisfy { $0.domain.isEmpty })
    var sorted = changed.graph
    try sorted.sortTopologically()
    #expect(sorted == changed.graph, "the result is in order")
  }

  @Test func aValueIsDequantizedOnceForAllItsReaders() throws {
    var graph = Self.network().graph
    try graph.rewriteQLinear(opset: 13)
    #expect(graph.nodes.filter { $0.opType == "DequantizeLinear" && $0.inputs.first == "p" }.count == 1)
  }

  @Test func exactIntegersAndOldOperatorSetsStay() throws {
    var old = Self.network(opset: 12)
    let before = old
    try old.run([QLinearToQDQ.self])
    #expect(old == before)
    var graph = Graph(
      nodes: [Node("ConvInteger", inputs: ["x", "w"], outputs: ["y"]), Node("MaxPool", inputs: ["y"], outputs: ["z"])],
      inputs: [ValueInfo("x", .unknown), ValueInfo("w", .unknown)], outputs: [ValueInfo("z", .unknown)])
    let rewritten = try graph.rewriteQLinear(opset: 13)
    #expect(rewritten == 0)
  }

  @Test func scalesThatAreNotConstantStay() throws {
    var graph = Self.network().graph
    graph.inputs.append(ValueInfo("ws", .tensor(.float, [.fixed(4)])))
    graph.initializers.removeAll { $0.name == "ws" }
    try graph.rewriteQLinear(opset: 13)
    #expect(graph.nodes.contains { $0.name == "conv" && $0.opType == "QLinearConv" })
    #expect(graph.nodes.contains { $0.name == "pointwise" && $0.opType == "Conv" })
  }
}
