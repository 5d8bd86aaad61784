import KerfEngine
import KerfGraph
import Testing

@Suite struct ShapeInferenceTests {
  static let evaluator: NodeEvaluator = { node, inputs in try? Interpreter.evaluate(node, inputs, opset: 13) }

  /// A convolution, an unknown operator with a declared result, a reshape to a computed shape.
  static func graph() -> Graph {
    Graph(
      nodes: [
        Node("Conv", name: "conv", inputs: ["x", "w"], outputs: ["a"]), Node("Mystery", domain: "custom", inputs: ["a"], outputs: ["b"]),
        Node("Mystery", domain: "custom", inputs: ["a"], outputs: ["c"]), Node("Shape", inputs: ["b"], outputs: ["s"]),
        Node("Gather", inputs: ["s", "zero"], outputs: ["n"]),
        Node("Concat", inputs: ["n", "rest"], outputs: ["t"], attributes: [Attribute("axis", .int(0))]),
        Node("Reshape", inputs: ["b", "t"], outputs: ["y"]),
      ],
      initializers: [
        Initializer("w", Tensor([Float](repeating: 1, count: 4 * 3 * 9), shape: [4, 3, 3, 3])),
        Initializer("zero", Tensor([0] as [Int64], shape: [1])),
        Initializer("rest", Tensor([-1] as [Int64], shape: [1])),
      ], inputs: [ValueInfo("x", .tensor(.float, [.symbolic("n"), .fixed(3), .symbolic("h"), .fixed(10)]))],
      outputs: [ValueInfo("y", .tensor(.float, nil))],
      valueInfo: [ValueInfo("b", .tensor(.float, [.symbolic("n"), .fixed(4), .symbolic("h"), .fixed(2)]))])
  }

  @Test func symbolsStayWhereNothingBindsThem() throws {
    let known = try ShapeInference.infer(Self.graph(), opset: 13, evaluator: Self.evaluator)
    #expect(known["a"]?.shape == [.symbolic("n"), .fixed(4), .unknown, .fixed(8)])
    #expect(known["b"]?.shape == [.symbolic("n"), .fixed(4), .symbolic("h"), .fixed(2)])
    #expect(known["c"] == TensorInfo(.undefined, nil))
    #expect(known["y"]?.shape?.count == 2)
  }

  @Test func givenShapesBindSymbolsEverywhereAndShapeArithmeticIsComputed() throws {
    let known = try ShapeInference.infer(Self.graph(), opset: 13, inputShapes: ["x": [5, 3, 7, 10]], evaluator: Self.evaluator)
    #expect(known["a"]?.fixedShape == [5, 4, 5, 8])
    #expect(known["b"]?.fixedShape == [5, 4, 7, 2])
    #expect(known["t"]?.value == Tensor([5, -1] as [Int64], shape: [2]))
    #expect(known["y"]?.fixedShape == [5, 56])
  }

  @Test(arguments: [
    (["x": [5, 3, 7]], "dimensions"), (["x": [5, 4, 7, 10]], "axis 1"), (["z": [1]], "no input 'z'"), (["x": [-5, 3, 7, 10]], "negative"),
    (["x": [5, 3, 1, 10]], "does not fit"), (["x": [1 << 30, 3, 1 << 30, 10]], "too many elements"),
  ])
  func shapesThatDoNotFitAreRefused(_ shapes: [String: [Int]], _ reason: String) {
    do {
      _ = try ShapeInference.infer(Self.graph(), opset: 13, inputShapes: shapes)
      Issue.record("\(shapes) were taken")
    } catch { #expect("\(error)".contains(reason), "\(error)") }
  }

  @Test func anOperatorSetOutsideTheRangeIsRefused() {
    for opset in [6, 29] {
      do {
        _ = try ShapeInference.infer(Model(opsets: ["": Int64(opset)], graph: Graph()))
        Issue.record("\(opset) was taken")
      } catch { #expect(error.code == .unsupported) }
    }
  }
}
