import KerfEngine
import KerfGraph
import Testing

@Suite struct InterpreterTests {
  private let relations = Graph(
    nodes: [
      Node("Add", name: "sum", inputs: ["x", "bias"], outputs: ["s"]),
      Node("Mul", inputs: ["s", "s"], outputs: ["y"]),
      Node("Sqrt", inputs: ["bias"], outputs: ["unused"]),
    ],
    initializers: [Initializer("bias", Tensor([10, 20] as [Float], shape: [2]))],
    inputs: [ValueInfo("x", .tensor(.float, [.symbolic("N"), .fixed(2)]))], outputs: [ValueInfo("y", .tensor(.float, nil))])

  private func complaint(_ body: () throws(EngineError) -> Void) -> EngineError? {
    do { try body() } catch { return error }
    return nil
  }

  @Test func aGraphRunsNodeByNode() throws {
    let interpreter = try Interpreter(Model(graph: relations))
    let x = Tensor([1, 2, 3, 4] as [Float], shape: [2, 2])
    #expect(try interpreter.run(["x": x]) == ["y": Tensor([121, 484, 169, 576] as [Float], shape: [2, 2])])
  }

  @Test func anyValueCanBeFetchedAndValuesUsedTwiceSurvive() throws {
    let interpreter = try Interpreter(Model(graph: relations))
    let x = Tensor([1, 2] as [Float], shape: [1, 2])
    let results = try interpreter.run(["x": x], fetching: ["s", "y", "bias", "x"])
    #expect(results["s"] == Tensor([11, 22] as [Float], shape: [1, 2]))
    #expect(results["y"] == Tensor([121, 484] as [Float], shape: [1, 2]))
    #expect(results["bias"] == Tensor([10, 20] as [Float], shape: [2]))
    #expect(results["x"] == x)
  }

  @Test(
    arguments: [
      ([:], "input 'x' is missing"),
      (["x": Tensor([1, 2] as [Int64], shape: [1, 2])], "is int64, the graph reads float32"),
      (["x": Tensor([1, 2] as [Float], shape: [2, 1])], "does not fit"),
      (["x": Tensor([1, 2] as [Float], shape: [2])], "does not fit"),
      (["x": Tensor([1, 2] as [Float], shape: [1, 2]), "z": Tensor(scalar: 1 as Float)], "no input 'z'"),
    ] as [([String: Tensor], String)])
  func inputsThatDoNotFitAreNamed(_ inputs: [String: Tensor], reason: String) throws {
    let interpreter = try Interpreter(Model(graph: relations))
    let error = complaint { () throws(EngineError) in _ = try interpreter.run(inputs) }
    #expect(error?.code == .input)
    #expect(error?.message.contains(reason) == true)
  }

  @Test func aSymbolStandsForOneExtent() throws {
    var graph = relations
    graph.inputs.append(ValueInfo("z", .tensor(.float, [.symbolic("N")])))
    let interpreter = try Interpreter(Model(graph: graph))
    let z = Tensor([1, 2, 3] as [Float], shape: [3])
    #expect(
      complaint { () throws(EngineError) in
        _ = try interpreter.run(["x": Tensor([1, 2] as [Float], shape: [1, 2]), "z": z])
      }?.message.contains("'z'") == true)
  }

  @Test func aNodeThatFailsIsNamed() throws {
    var graph = relations
    graph.initializers[0].tensor = Tensor([1, 2, 3] as [Float], shape: [3])
    let interpreter = try Interpreter(Model(graph: graph))
    let error = complaint { () throws(EngineError) in _ = try interpreter.run(["x": Tensor([1, 2] as [Float], shape: [1, 2])]) }
    #expect(error == EngineError(.shape, node: "sum", "extents 2 and 3 do not broadcast"))
  }

  @Test func operatorsThatCannotRunAreNamed() {
    var graph = relations
    graph.nodes[1] = Node("Loop", name: "again", inputs: [], outputs: ["y"], attributes: [Attribute("body", .graph(Graph()))])
    let loop = complaint { () throws(EngineError) in _ = try Interpreter(Model(graph: graph)) }
    #expect(loop == EngineError(.unsupported, node: "again", "operators with subgraphs, such as Loop cannot be run"))
    graph.nodes[1] = Node("Add", name: "late", inputs: ["later"], outputs: ["y"])
    let late = complaint { () throws(EngineError) in _ = try Interpreter(Model(graph: graph)) }
    #expect(late == EngineError(.input, node: "late", "reads 'later', which nothing before it makes"))
  }

  @Test func oneNodeCanBeEvaluatedAlone() throws {
    let three = Tensor([3] as [Int64], shape: [1])
    let known = try Interpreter.evaluate(
      Node("Concat", inputs: ["a", "b"], outputs: ["y"], attributes: [Attribute("axis", .int(0))]), [three, three], opset: 13)
    #expect(known == [Tensor([3, 3] as [Int64], shape: [2])])
    #expect(try Interpreter.evaluate(Node("NoSuchOperator", inputs: [], outputs: ["y"]), [], opset: 13) == nil)
  }
}
