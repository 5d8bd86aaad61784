import KerfEngine
import KerfGraph
import Testing

/// Elements that only move.
@Suite struct RearrangePathTests {
  private static func int64(_ values: [Int64]) -> Tensor { Tensor(values, shape: [values.count]) }

  private static let constants: [Initializer] = [
    Initializer("starts", int64([0])), Initializer("ends", int64([99])), Initializer("rows", int64([2])),
    Initializer("columns", int64([3])), Initializer("steps", int64([2])), Initializer("pads", int64([0, 3, 0, 0, 0, 3, 0, 0])),
    Initializer("border", int64([0, 0, 1, 2, 0, 0, 2, 1])), Initializer("one", Tensor(scalar: Float(1))),
    Initializer("w", noise([6, 6, 1, 1], seed: 1)), Initializer("w2", noise([12, 6, 3, 3], seed: 2)),
    Initializer("w3", noise([12, 12, 3, 3], seed: 3)),
  ]

  private static let shortcut: [Node] = [
    Node("Slice", name: "rows", inputs: ["c", "starts", "ends", "rows", "steps"], outputs: ["s"]),
    Node("Slice", name: "columns", inputs: ["s", "starts", "ends", "columns", "steps"], outputs: ["t"]),
    Node("Pad", name: "pad", inputs: ["t", "pads"], outputs: ["u"]),
  ]

  @Test(arguments: [[1, 6, 8, 8], [3, 6, 7, 9], [4, 6, 1, 1]], InstructionSet.available)
  func aResidualBlocksShortcutIsOneGatherAndAddedByTheConvolution(shape: [Int], isa: InstructionSet) throws {
    var layer = OneLayer(shape)
    layer.nodes =
      [
        Node("Conv", name: "first", inputs: ["x", "w"], outputs: ["c"]),
        Node(
          "Conv", name: "down", inputs: ["c", "w2"], outputs: ["d"],
          attributes: [Attribute("strides", .ints([2, 2])), Attribute("pads", .ints([1, 1, 1, 1]))]),
        Node("Relu", inputs: ["d"], outputs: ["e"]),
        Node("Conv", name: "second", inputs: ["e", "w3"], outputs: ["f"], attributes: [Attribute("pads", .ints([1, 1, 1, 1]))]),
      ] + Self.shortcut + [Node("Add", inputs: ["f", "u"], outputs: ["g"]), Node("Relu", inputs: ["g"], outputs: ["y"])]
    layer.constants = Self.constants
    let result = try layer.compare(noise(shape, seed: 4), isa: isa)
    #expect(relativeDifference(result.fast, result.reference) < 5e-5)
    #expect(result.executions.filter { $0 == "gather" }.count == 1 && !result.executions.contains("elementwise"), "\(result.executions)")
  }

  @Test(arguments: [1, 3])
  func movesWithOneFillAreOneGatherAndOthersAreNot(batch: Int) throws {
    for (value, gathers) in [("", 1), ("one", 2)] {
      var layer = OneLayer([batch, 6, 5, 7])
      layer.nodes =
        [Node("Identity", inputs: ["x"], outputs: ["c"])] + Self.shortcut + [
          Node("Pad", inputs: ["u", "border"] + (value.isEmpty ? [] : [value]), outputs: ["y"])
        ]
      layer.constants = Self.constants
      let result = try layer.compare(noise(layer.shape, seed: 4))
      #expect(result.fast == result.reference)
      #expect(result.executions.filter { $0 == "gather" }.count == gathers, "\(result.executions)")
    }
  }

  @Test func aValueOnTheWayThatIsFetchedIsThere() throws {
    var layer = OneLayer([2, 6, 5, 7])
    layer.nodes = [Node("Identity", inputs: ["x"], outputs: ["c"])] + Self.shortcut + [Node("Relu", inputs: ["u"], outputs: ["y"])]
    layer.constants = Self.constants
    let x = noise(layer.shape, seed: 5)
    let found = try Session(layer.model, outputs: ["t", "y"]).run(["x": x])
    #expect(try found == Interpreter(layer.model).run(["x": x], fetching: ["t", "y"]))
  }
}
