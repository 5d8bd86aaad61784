import KerfEngine
import KerfGraph
import Testing

/// Values that are written or read inside larger ones.
@Suite struct ConcatInPlaceTests {
  /// Nodes that make `y` from `c` (12 channels) and how many copies of channels they need.
  struct Case: Sendable, CustomStringConvertible {
    let name: String
    let nodes: [Node]
    var copies = 0
    var description: String { name }
  }

  private static func conv(_ x: String, _ w: String, _ y: String, pads: [Int64] = [0, 0, 0, 0], group: Int64 = 1) -> Node {
    Node("Conv", name: y, inputs: [x, w], outputs: [y], attributes: [Attribute("pads", .ints(pads)), Attribute("group", .int(group))])
  }

  private static func concat(_ inputs: [String], _ y: String) -> Node {
    Node("Concat", inputs: inputs, outputs: [y], attributes: [Attribute("axis", .int(1))])
  }

  private static func split(_ x: String, _ outputs: [String]) -> Node {
    Node("Split", inputs: [x, "parts"], outputs: outputs, attributes: [Attribute("axis", .int(1))])
  }

  private static let constants: [Initializer] = [
    Initializer("w0", noise([12, 5, 1, 1], seed: 2)), Initializer("w1", noise([7, 12, 1, 1], seed: 3)),
    Initializer("w3", noise([17, 12, 3, 3], seed: 4)), Initializer("w24", noise([9, 24, 3, 3], seed: 5)),
    Initializer("v5", noise([6, 5, 3, 3], seed: 6)), Initializer("d5", noise([5, 1, 3, 3], seed: 7)),
    Initializer("n5", noise([2, 5, 3, 3], seed: 8)), Initializer("g5", noise([10, 5, 1, 1], seed: 9)),
    Initializer("parts", Tensor([3, 5, 4] as [Int64], shape: [3])), Initializer("one", noise([12, 12, 1, 1], seed: 10)),
    Initializer("w21", noise([12, 21, 1, 1], seed: 14)), Initializer("w241", noise([6, 24, 1, 1], seed: 15)),
    Initializer("t5", noise([5, 1, 3, 1], seed: 11)),
  ]

  static let cases: [Case] = [
    .init(
      name: "a fire module",
      nodes: [
        conv("c", "w1", "a"), Node("Relu", inputs: ["a"], outputs: ["ra"]), conv("c", "w3", "b", pads: [1, 1, 1, 1]),
        Node("Relu", inputs: ["b"], outputs: ["rb"]), concat(["ra", "rb"], "j"), conv("j", "w24", "y", pads: [1, 1, 1, 1]),
      ]),
    .init(
      name: "a part that others read too",
      nodes: [
        conv("c", "one", "a"), conv("a", "one", "b"), Node("Add", inputs: ["b", "a"], outputs: ["s"]), concat(["s", "a"], "j"),
        conv("j", "w24", "y"),
      ], copies: 1),
    .init(
      name: "concatenations inside each other",
      nodes: [
        conv("c", "one", "a"), conv("a", "w1", "b"), conv("c", "w1", "d"), concat(["b", "d"], "j"),
        Node("Sigmoid", inputs: ["c"], outputs: ["s"]), concat(["j", "s", "a"], "y"),
      ], copies: 1),
    .init(
      name: "the same value twice, and the input", nodes: [conv("c", "w1", "a"), concat(["a", "x", "a"], "y")], copies: 1),
    .init(
      name: "poolings and functions that write in place",
      nodes: [
        Node(
          "MaxPool", inputs: ["c"], outputs: ["m"],
          attributes: [Attribute("kernel_shape", .ints([3, 3])), Attribute("pads", .ints([1, 1, 1, 1]))]),
        Node("Tanh", inputs: ["c"], outputs: ["t"]), Node("Mul", inputs: ["c", "t"], outputs: ["p"]), concat(["m", "t", "p"], "y"),
      ], copies: 1),
    .init(
      name: "parts read by convolutions",
      nodes: [
        split("c", ["", "q", ""]), conv("q", "v5", "a"), conv("q", "v5", "b", pads: [1, 1, 1, 1]),
        conv("q", "d5", "d", pads: [1, 1, 1, 1], group: 5), conv("q", "n5", "e"), conv("q", "n5", "f", pads: [1, 1, 1, 1]),
        conv("q", "t5", "g", pads: [1, 0, 1, 0], group: 5), concat(["a", "e"], "y1"), concat(["b", "d", "f", "g"], "y2"),
        Node("GlobalAveragePool", inputs: ["y1"], outputs: ["m"]),
        Node("Split", inputs: ["m"], outputs: ["m1", "m2"], attributes: [Attribute("axis", .int(1))]),
        Node("Conv", inputs: ["y2", "last"], outputs: ["z"]), Node("Mul", inputs: ["z", "m2"], outputs: ["y"]),
      ]),
    .init(
      name: "parts of distillation", nodes: [split("c", ["p", "q", "r"]), conv("q", "g5", "a"), concat(["p", "a", "r"], "y")], copies: 2),
    .init(
      name: "parts that are added, pooled and moved",
      nodes: [
        split("c", ["p", "q", "r"]), Node("Relu", inputs: ["q"], outputs: ["a"]), Node("Sub", inputs: ["a", "q"], outputs: ["s"]),
        Node("GlobalAveragePool", inputs: ["q"], outputs: ["m"]), Node("Add", inputs: ["s", "m"], outputs: ["t"]),
        Node("Softmax", inputs: ["r"], outputs: ["e"], attributes: [Attribute("axis", .int(-1))]),
        Node("Identity", inputs: ["p"], outputs: ["i"]), concat(["t", "e", "i"], "y"),
      ], copies: 1),
    .init(
      name: "parts of one size under a 1×1 convolution",
      nodes: [
        conv("c", "w1", "a"), Node("Sigmoid", inputs: ["a"], outputs: ["b"]), concat(["a", "b", "a"], "j"), conv("j", "w21", "k"),
        Node("Add", inputs: ["k", "c"], outputs: ["s"]), Node("Relu", inputs: ["s"], outputs: ["r"]), conv("c", "w1", "e"),
        concat(["r", "e"], "y"),
      ]),
    .init(
      name: "a part of one size that is no float of the arena",
      nodes: [conv("c", "one", "a"), concat(["a", "constant"], "j"), conv("j", "w241", "y")], copies: 1),
    .init(
      name: "a part as residual",
      nodes: [
        split("c", ["", "q", ""]), Node("Conv", inputs: ["x", "five"], outputs: ["a"]), Node("Add", inputs: ["a", "q"], outputs: ["s"]),
        Node("Relu", inputs: ["s"], outputs: ["y"]),
      ]),
    .init(name: "a part without a fast reader", nodes: [split("c", ["", "q", ""]), Node("Softsign", inputs: ["q"], outputs: ["y"])]),
    .init(name: "a part that is fetched", nodes: [split("c", ["", "y", ""])]),
  ]

  @Test(arguments: cases, InstructionSet.available)
  func partsAreTheReferences(path: Case, isa: InstructionSet) throws {
    for shape in [[1, 5, 9, 10], [3, 5, 7, 11], [2, 5, 3, 3]] {
      var layer = OneLayer(shape)
      layer.nodes = [Node("Conv", name: "first", inputs: ["x", "w0"], outputs: ["c"])] + path.nodes
      layer.constants =
        Self.constants + [
          Initializer("constant", noise([shape[0], 12] + shape[2...], seed: 16)), Initializer("last", noise([4, 18, 1, 1], seed: 12)),
          Initializer("five", noise([5, 5, 1, 1], seed: 13)),
        ]
      for execution in [nil, "implicit-gemm", "winograd-4"] as [String?] {
        let result = try layer.compare(noise(shape, seed: UInt64(shape[0])), isa: isa, threads: 2, execution: execution)
        #expect(relativeDifference(result.fast, result.reference) < 5e-5, "\(shape) \(execution ?? "")")
        #expect(result.executions.filter { $0 == "channels" }.count == path.copies, "\(result.executions)")
      }
    }
  }

  @Test func aPartIsRightWhenFetchedBesideTheWhole() throws {
    var layer = OneLayer([2, 5, 7, 6])
    layer.nodes = [
      Node("Conv", inputs: ["x", "w0"], outputs: ["c"]), Self.conv("c", "w1", "a"), Self.concat(["c", "a"], "y"),
    ]
    layer.constants = Self.constants
    let x = noise(layer.shape, seed: 1)
    let found = try Session(layer.model, outputs: ["a", "y", "c"]).run(["x": x])
    let wanted = try Interpreter(layer.model).run(["x": x], fetching: ["a", "y", "c"])
    for name in ["a", "y", "c"] {
      let (a, b) = (try #require(found[name]), try #require(wanted[name]))
      #expect(relativeDifference(a, b) < 1e-5)
    }
  }
}
