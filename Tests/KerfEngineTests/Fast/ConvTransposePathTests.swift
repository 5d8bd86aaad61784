import KerfEngine
import KerfGraph
import Testing

/// Transposed convolutions as interleaved ordinary ones, against the reference.
@Suite struct ConvTransposePathTests {
  struct Case: Sendable, CustomStringConvertible {
    var x: [Int]
    /// `[C, N/g, kh, kw]`
    var w: [Int]
    var strides: [Int64] = []
    var pads: [Int64] = []
    var outputPadding: [Int64] = []
    var dilations: [Int64] = []
    var groups = 1
    var padding: String?

    var description: String { "\(x) * \(w) s\(strides) p\(pads) +\(outputPadding) d\(dilations) g\(groups) \(padding ?? "")" }

    func layer(followedBy rest: [Node] = []) -> OneLayer {
      var layer = OneLayer(x)
      var attributes = [Attribute("group", .int(Int64(groups)))]
      for (name, values) in [("strides", strides), ("pads", pads), ("output_padding", outputPadding), ("dilations", dilations)]
      where !values.isEmpty {
        attributes.append(Attribute(name, .ints(values)))
      }
      if let padding { attributes.append(Attribute("auto_pad", .string(Array(padding.utf8)))) }
      layer.nodes =
        [Node("ConvTranspose", name: "up", inputs: ["x", "w", "b"], outputs: [rest.isEmpty ? "y" : "c"], attributes: attributes)] + rest
      layer.constants = [Initializer("w", noise(w, seed: 5)), Initializer("b", noise([w[1] * groups], seed: 6))]
      return layer
    }
  }

  static let cases: [Case] = [
    .init(x: [2, 5, 7, 9], w: [5, 6, 2, 2], strides: [2, 2]),
    .init(x: [1, 17, 8, 5], w: [17, 35, 4, 4], strides: [2, 2], pads: [1, 1, 1, 1]),
    .init(x: [1, 12, 6, 7], w: [12, 16, 3, 3], strides: [2, 2], pads: [1, 1, 1, 1], outputPadding: [1, 1]),
    .init(x: [1, 4, 11, 13], w: [4, 7, 3, 3], pads: [1, 1, 1, 1]),
    .init(x: [1, 33, 13, 17], w: [33, 20, 6, 6], strides: [2, 2], pads: [2, 2, 2, 2]),
    .init(x: [1, 3, 5, 5], w: [3, 4, 9, 9], strides: [3, 3], pads: [4, 3, 2, 1]),
    .init(x: [1, 6, 4, 3], w: [6, 5, 2, 1], strides: [3, 4], outputPadding: [2, 1]),
    .init(x: [2, 6, 4, 5], w: [6, 5, 3, 3], strides: [2, 1], dilations: [2, 3]),
    .init(x: [1, 6, 5, 5], w: [6, 5, 3, 4], strides: [2, 3], pads: [1, 2, 0, 1], dilations: [3, 2]),
    .init(x: [1, 6, 5, 5], w: [6, 5, 3, 3], strides: [4, 6], dilations: [6, 4]),
    .init(x: [1, 1, 1, 1], w: [1, 1, 5, 5], strides: [2, 2], pads: [1, 1, 1, 1]),
    .init(x: [1, 3, 1, 1], w: [3, 19, 1, 1]),
    .init(x: [1, 3, 2, 3], w: [3, 8, 7, 7], pads: [6, 6, 1, 0]),
    .init(x: [3, 12, 5, 7], w: [12, 2, 3, 3], strides: [2, 2], pads: [1, 1, 1, 1], groups: 4),
    .init(x: [1, 20, 7, 6], w: [20, 1, 4, 4], strides: [2, 2], pads: [1, 1, 1, 1], groups: 20),
    .init(x: [1, 8, 6, 6], w: [8, 9, 3, 3], strides: [2, 2], padding: "SAME_UPPER"),
    .init(x: [1, 8, 6, 6], w: [8, 9, 2, 5], strides: [3, 2], padding: "SAME_LOWER"),
    .init(x: [2, 8, 9], w: [8, 5, 4], strides: [2], pads: [1, 1]),
    .init(x: [1, 40, 6, 6], w: [40, 2, 3, 3], strides: [2, 2]),
    .init(x: [2, 5, 3, 4, 6], w: [5, 6, 2, 2, 2], strides: [2, 2, 2]),
    .init(x: [1, 17, 4, 5, 3], w: [17, 9, 4, 4, 3], strides: [2, 2, 1], pads: [1, 1, 1, 1, 1, 1]),
    .init(x: [1, 4, 3, 4, 5], w: [4, 7, 3, 3, 3], pads: [1, 0, 3, 1, 2, 0]),
    .init(x: [2, 6, 3, 3, 2], w: [6, 5, 1, 2, 1], strides: [3, 3, 2], outputPadding: [2, 1, 1]),
    .init(x: [1, 6, 3, 4, 4], w: [6, 5, 3, 3, 3], strides: [2, 1, 4], dilations: [3, 2, 6]),
    .init(x: [1, 12, 3, 5, 4], w: [12, 2, 3, 3, 3], strides: [2, 2, 2], pads: [1, 1, 1, 1, 1, 1], groups: 4),
    .init(
      x: [2, 20, 3, 4, 3], w: [20, 1, 5, 1, 1], strides: [2, 1, 1], pads: [2, 0, 0, 2, 0, 0], outputPadding: [1, 0, 0], groups: 20),
  ]

  @Test(arguments: cases, InstructionSet.available)
  func everyPhaseIsTheReferences(transposed: Case, isa: InstructionSet) throws {
    for execution in [nil, "implicit-gemm", "winograd-8", "winograd-4"] as [String?] {
      for threads in [1, 3] {
        let result = try transposed.layer().compare(noise(transposed.x, seed: 1), isa: isa, threads: threads, execution: execution)
        #expect(relativeDifference(result.fast, result.reference) < 5e-5, "\(execution ?? "")")
        #expect(!result.executions.contains("reference"), "\(result.executions)")
      }
    }
  }

  @Test(arguments: InstructionSet.available)
  func whatFollowsIsFused(isa: InstructionSet) throws {
    let transposed = Case(x: [2, 6, 7, 5], w: [6, 6, 3, 3], strides: [2, 2], pads: [1, 1, 1, 1], outputPadding: [0, 1])
    var layer = transposed.layer(followedBy: [
      Node("BatchNormalization", inputs: ["c", "g", "o", "m", "v"], outputs: ["n"]),
      Node("Resize", inputs: ["x", "", "", "sizes"], outputs: ["r"]), Node("Add", inputs: ["n", "r"], outputs: ["s"]),
      Node("LeakyRelu", inputs: ["s"], outputs: ["y"]),
    ])
    layer.nodes.swapAt(0, 2)
    layer.nodes.swapAt(1, 2)
    layer.constants += [
      Initializer("g", noise([6], seed: 11)), Initializer("o", noise([6], seed: 12)), Initializer("m", noise([6], seed: 13)),
      Initializer("v", Tensor([Float](repeating: 0.7, count: 6), shape: [6])),
      Initializer("sizes", Tensor([2, 6, 13, 10] as [Int64], shape: [4])),
    ]
    let result = try layer.compare(noise(transposed.x, seed: 3), isa: isa)
    #expect(relativeDifference(result.fast, result.reference) < 5e-5)
    #expect(result.executions.count == 4, "\(result.executions)")
  }

  @Test(arguments: InstructionSet.available)
  func whatFollowsAVolumeIsFused(isa: InstructionSet) throws {
    let transposed = Case(x: [2, 6, 3, 4, 5], w: [6, 6, 3, 3, 3], strides: [2, 2, 2], pads: [1, 1, 1, 1, 1, 1])
    var layer = transposed.layer(followedBy: [
      Node("Add", inputs: ["c", "r"], outputs: ["s"]), Node("LeakyRelu", inputs: ["s"], outputs: ["y"]),
    ])
    layer.nodes.insert(Node("ConvTranspose", inputs: ["x", "w"], outputs: ["r"], attributes: layer.nodes[0].attributes), at: 0)
    let result = try layer.compare(noise(transposed.x, seed: 3), isa: isa)
    #expect(relativeDifference(result.fast, result.reference) < 5e-5)
    #expect(result.executions.count == 4 && !result.executions.contains("reference"), "\(result.executions)")
  }

  @Test func anInfinityStaysWhereItBelongs() throws {
    let transposed = Case(x: [1, 2, 3, 3], w: [2, 3, 2, 2], strides: [3, 3], outputPadding: [1, 1])
    var x = try #require(noise(transposed.x, seed: 3).floats())
    x[4] = .infinity
    let layer = transposed.layer()
    let fast = try #require(try Session(layer.model).run(["x": Tensor(x, shape: transposed.x)])["y"]?.floats())
    let wanted = try #require(try Interpreter(layer.model).run(["x": Tensor(x, shape: transposed.x)])["y"]?.floats())
    for (a, b) in zip(fast, wanted) { #expect(a == b || abs(a - b) < 1e-5) }
  }
}
