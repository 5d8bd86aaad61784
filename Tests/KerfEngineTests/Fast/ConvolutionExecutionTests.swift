import KerfEngine
import KerfGraph
import Testing

/// A convolution's parameters for the tests.
struct ConvolutionCase: Sendable, CustomStringConvertible {
  var x: [Int]
  var w: [Int]
  var strides: [Int64] = []
  var dilations: [Int64] = []
  var pads: [Int64] = []
  var groups = 1
  /// What must be able to run it.
  var execution = "implicit-gemm"

  var description: String { "\(x) * \(w) s\(strides) d\(dilations) p\(pads) g\(groups)" }

  func layer(followedBy rest: [Node] = [], bias: Bool = true) -> OneLayer {
    var layer = OneLayer(x)
    var attributes = [Attribute("group", .int(Int64(groups)))]
    for (name, values) in [("strides", strides), ("dilations", dilations), ("pads", pads)] where !values.isEmpty {
      attributes.append(Attribute(name, .ints(values)))
    }
    layer.nodes = [
      Node("Conv", name: "conv", inputs: ["x", "w"] + (bias ? ["b"] : []), outputs: [rest.isEmpty ? "y" : "c"], attributes: attributes)
    ]
    layer.nodes += rest
    layer.constants = [Initializer("w", noise(w, seed: 5)), Initializer("b", noise([w[0]], seed: 6))]
    return layer
  }
}

@Suite struct ConvolutionExecutionTests {
  static let cases: [ConvolutionCase] = [
    .init(x: [2, 5, 7, 9], w: [6, 5, 3, 3], pads: [1, 1, 1, 1]),
    .init(x: [1, 16, 8, 8], w: [16, 16, 3, 3], pads: [1, 1, 1, 1]),
    .init(x: [1, 3, 20, 31], w: [50, 3, 3, 3], strides: [2, 2], pads: [0, 0, 1, 1]),
    .init(x: [1, 1, 12, 17], w: [33, 1, 5, 5], pads: [2, 2, 2, 2]),
    .init(x: [1, 4, 11, 13], w: [7, 4, 3, 5], strides: [1, 3], dilations: [2, 2], pads: [2, 0, 1, 5]),
    .init(x: [1, 24, 9, 40], w: [17, 24, 5, 1], pads: [2, 0, 2, 0], execution: "winograd-6"),
    .init(x: [1, 17, 6, 29], w: [24, 17, 1, 7], pads: [0, 3, 0, 3], execution: "winograd-8"),
    .init(x: [2, 21, 13, 17], w: [35, 21, 3, 3], pads: [1, 1, 1, 1], execution: "winograd-4"),
    .init(x: [1, 18, 15, 23], w: [20, 18, 5, 5], pads: [2, 0, 2, 4], execution: "winograd-8"),
    .init(x: [1, 9, 12, 12], w: [40, 9, 7, 7], pads: [3, 3, 3, 3], execution: "winograd-8"),
    .init(x: [1, 33, 29, 30], w: [16, 33, 3, 1], pads: [1, 0, 1, 0], execution: "winograd-8"),
    .init(x: [1, 33, 29, 30], w: [16, 33, 3, 1], pads: [1, 0, 1, 0], execution: "winograd-10"),
    .init(x: [1, 20, 13, 27], w: [50, 20, 1, 5], pads: [0, 2, 0, 2], execution: "winograd-10"),
    .init(x: [2, 17, 30, 9], w: [24, 17, 7, 1], pads: [3, 0, 3, 0], execution: "winograd-10"),
    .init(x: [1, 8, 5, 5], w: [12, 8, 5, 5]),
    .init(x: [1, 2, 30, 200], w: [20, 2, 5, 5], strides: [1, 2], pads: [2, 1, 2, 3]),
    .init(x: [1, 3, 4, 4], w: [5, 3, 7, 7], pads: [3, 3, 3, 3]),
    .init(x: [1, 6, 6, 6], w: [4, 6, 2, 2], strides: [3, 3], pads: [4, 4, 4, 4]),
    .init(x: [3, 12, 10, 10], w: [8, 3, 3, 3], pads: [1, 1, 1, 1], groups: 4),
    .init(x: [1, 4, 9, 9], w: [12, 1, 3, 3], strides: [2, 1], pads: [1, 1, 1, 1], groups: 4),
    .init(x: [1, 64, 9, 21], w: [1, 64, 3, 3], pads: [1, 1, 1, 1], execution: "narrow"),
    .init(x: [2, 50, 11, 9], w: [3, 50, 3, 3], strides: [2, 2], pads: [1, 1, 0, 1], execution: "narrow"),
    .init(x: [1, 37, 4, 13], w: [2, 37, 1, 1], execution: "narrow"),
    .init(x: [1, 40, 14, 9], w: [3, 40, 3, 3], dilations: [2, 3], pads: [2, 3, 2, 3], execution: "narrow"),
    .init(x: [2, 40, 7, 5], w: [19, 40, 1, 1]),
    .init(x: [1, 40, 7, 5], w: [19, 40, 1, 1], strides: [2, 2]),
    .init(x: [1, 12, 7, 5], w: [6, 4, 1, 1], groups: 3),
    .init(x: [1, 21, 13, 15], w: [21, 1, 3, 3], pads: [1, 1, 1, 1], groups: 21, execution: "depthwise"),
    .init(x: [2, 32, 9, 9], w: [32, 1, 5, 3], strides: [2, 2], pads: [2, 0, 1, 1], groups: 32, execution: "depthwise"),
    .init(x: [1, 50, 12, 11], w: [50, 1, 7, 1], pads: [3, 0, 3, 0], groups: 50, execution: "depthwise"),
    .init(x: [1, 16, 12, 11], w: [16, 1, 3, 3], dilations: [3, 2], pads: [3, 2, 3, 2], groups: 16, execution: "depthwise"),
    .init(x: [2, 6, 33], w: [9, 6, 5], strides: [2], pads: [2, 1]),
    .init(x: [1, 8, 20], w: [8, 1, 3], pads: [1, 1], groups: 8, execution: "depthwise"),
    .init(x: [1, 2, 300, 3], w: [40, 2, 3, 3], pads: [1, 1, 1, 1]),
    .init(x: [1, 96, 2, 2], w: [500, 96, 3, 3], pads: [1, 1, 1, 1]),
    .init(x: [1, 9, 40, 37], w: [20, 9, 11, 11], pads: [5, 5, 5, 5], execution: "fft"),
    .init(x: [2, 5, 30, 33], w: [7, 5, 5, 3], dilations: [3, 2], pads: [6, 2, 1, 2], execution: "fft"),
    .init(x: [2, 6, 50], w: [9, 6, 15], pads: [7, 3], execution: "fft"),
    .init(x: [1, 6, 70, 2], w: [9, 6, 9, 1], pads: [4, 1, 4, 0], execution: "fft"),
    .init(x: [2, 5, 9, 11], w: [18, 5, 4, 3], strides: [2, 3], dilations: [1, 2], pads: [1, 2, 3, 0], execution: "im2col"),
  ]

  @Test(arguments: cases, InstructionSet.available)
  func everyExecutionGivesTheReferencesResult(convolution: ConvolutionCase, isa: InstructionSet) throws {
    var ran: Set<String> = []
    for execution in ConvolutionRegistry.all {
      let result = try convolution.layer().compare(noise(convolution.x, seed: 1), isa: isa, execution: execution.name)
      #expect(
        relativeDifference(result.fast, result.reference) < (result.executions.contains { $0.contains("winograd") } ? 5e-5 : 3e-6),
        "\(execution.name)")
      ran.formUnion(result.executions)
    }
    #expect(ran.contains(convolution.execution), "ran by \(ran)")
  }

  @Test(arguments: cases, [1, 2, 5])
  func resultsDoNotDependOnTheNumberOfThreads(convolution: ConvolutionCase, threads: Int) throws {
    let x = noise(convolution.x, seed: 2)
    let layer = convolution.layer()
    let one = try Session(layer.model, options: EngineOptions(threads: 1)).run(["x": x])
    let many = try Session(layer.model, options: EngineOptions(threads: threads)).run(["x": x])
    #expect(one == many)
  }

  private static let followers: [[Node]] = [
    [Node("Relu", inputs: ["c"], outputs: ["y"])],
    [Node("LeakyRelu", inputs: ["c"], outputs: ["y"], attributes: [Attribute("alpha", .float(0.3))])],
    [Node("Clip", inputs: ["c", "low", "high"], outputs: ["y"])],
    [Node("PRelu", inputs: ["c", "slope"], outputs: ["y"])],
    [Node("Add", inputs: ["x", "c"], outputs: ["s"]), Node("Relu", inputs: ["s"], outputs: ["y"])],
    [Node("Add", inputs: ["c", "offset"], outputs: ["s"]), Node("Relu", inputs: ["s"], outputs: ["y"])],
    [
      Node("BatchNormalization", inputs: ["c", "g", "offset1", "mean", "variance"], outputs: ["n"]),
      Node("Relu", inputs: ["n"], outputs: ["y"]),
    ],
    [Node("Identity", inputs: ["c"], outputs: ["i"]), Node("Sigmoid", inputs: ["i"], outputs: ["y"])],
  ]

  @Test(arguments: followers, [1, 20])
  func whatFollowsIsFusedAndRight(nodes: [Node], groups: Int) throws {
    let convolution = ConvolutionCase(x: [2, 20, 9, 11], w: [20, 20 / groups, 3, 3], pads: [1, 1, 1, 1], groups: groups)
    var layer = convolution.layer(followedBy: nodes)
    layer.constants += [
      Initializer("low", Tensor(scalar: Float(-3))), Initializer("high", Tensor(scalar: Float(4))),
      Initializer("slope", noise([20, 1, 1], seed: 9)), Initializer("offset", noise([1, 20, 1, 1], seed: 10)),
      Initializer("g", noise([20], seed: 11)), Initializer("offset1", noise([20], seed: 12)), Initializer("mean", noise([20], seed: 13)),
      Initializer("variance", Tensor([Float](repeating: 0.7, count: 20), shape: [20])),
    ]
    for exact in [true, false] {
      let result = try layer.compare(noise(convolution.x, seed: 3), exact: exact)
      #expect(relativeDifference(result.fast, result.reference) < (exact ? 3e-6 : 5e-5))
      let fused = nodes.last?.opType != "Sigmoid"
      // In, the layer, out: nothing else where all is fused.
      #expect(result.executions.count == (fused ? 3 : 4), "\(result.executions)")
    }
  }

  @Test func aValueThatIsFetchedIsNotFusedAway() throws {
    let convolution = ConvolutionCase(x: [1, 4, 6, 6], w: [4, 4, 3, 3], pads: [1, 1, 1, 1])
    let layer = convolution.layer(followedBy: [Node("Relu", inputs: ["c"], outputs: ["y"])])
    let x = noise(convolution.x, seed: 1)
    let both = try Session(layer.model, outputs: ["c", "y"], options: EngineOptions(exact: true)).run(["x": x])
    let wanted = try Interpreter(layer.model).run(["x": x], fetching: ["c", "y"])
    for name in ["c", "y"] {
      let found = try #require(both[name])
      let right = try #require(wanted[name])
      #expect(relativeDifference(found, right) < 3e-6)
    }
  }
}
