import Foundation
import KerfGraph
import KerfONNX
import Testing

@Suite struct BadFileTests {
  private func error(_ bytes: [UInt8]) -> ONNXError? {
    do {
      _ = try ONNXFile.decode(bytes)
      return nil
    } catch { return error }
  }

  private func error(_ graph: Graph) throws -> ONNXError? { error(try ONNXFile.encode(Model(graph: graph))) }

  @Test func aTruncatedFileIsRefusedAtEveryLength() throws {
    let bytes = try ONNXFile.encode(SampleModels.convolutions)
    for length in 0..<bytes.count where error(Array(bytes[..<length])) == nil {
      // Cut between two fields of the model the rest can be a model: then only what comes after the graph is missing.
      #expect(try ONNXFile.decode(Array(bytes[..<length])).graph == SampleModels.convolutions.graph, "length \(length)")
    }
    #expect(error([])?.code == .encoding)
  }

  @Test func randomBytesAreNoModel() {
    var random = Generator(seed: 5)
    for length in 1...300 { #expect(error((0..<length).map { _ in UInt8(truncatingIfNeeded: random.next()) })?.code == .encoding) }
  }

  @Test(arguments: [[-1], [1 << 40, 1 << 40], [1 << 60], [3], [Int64.max, 2]]) func extentsThatTheElementsDoNotFillAreRefused(
    _ dims: [Int64]
  ) {
    let found = error(
      model { tensor in
        for extent in dims { tensor.int(1, extent) }
        tensor.int(2, 1)
        tensor.bytes(9, [0, 0, 0, 0])
      })
    #expect(found?.code == .tensor)
    #expect(found?.node == "w")
  }

  @Test func elementsOfAnotherTypeOrTwiceAreRefused() {
    let wrongField = error(
      model {
        $0.int(1, 1)
        $0.int(2, 1)
        $0.bytes(5, [1])
      })
    #expect(wrongField?.message.contains("another type") == true)
    let twice = error(
      model {
        $0.int(1, 1)
        $0.int(2, 6)
        $0.bytes(5, [1])
        $0.bytes(9, [1, 0, 0, 0])
      })
    #expect(twice?.message.contains("twice") == true)
    let tooLarge = error(
      model {
        $0.int(1, 1)
        $0.int(2, 2)
        $0.bytes(5, [0x80, 0x02])
      })
    #expect(tooLarge?.message == "256 is no uint8")
  }

  @Test func aNameThatNothingMakesIsNamedWithItsNode() throws {
    let found = try error(Graph(nodes: [Node("Relu", name: "r", inputs: ["nowhere"], outputs: ["y"])], outputs: [ValueInfo("y", .unknown)]))
    #expect(found == ONNXError(.structure, node: "r", "reads 'nowhere', which nothing makes"))
  }

  @Test func aCycleIsFound() throws {
    let nodes = [Node("Relu", name: "a", inputs: ["q"], outputs: ["p"]), Node("Relu", name: "b", inputs: ["p"], outputs: ["q"])]
    let found = try error(Graph(nodes: nodes, outputs: [ValueInfo("p", .unknown)]))
    #expect(found?.code == .structure)
    #expect(found?.message.contains("cycle") == true)
  }

  @Test func aNameMadeTwiceIsFound() throws {
    let nodes = [Node("Relu", name: "a", inputs: ["x"], outputs: ["p"]), Node("Relu", name: "b", inputs: ["x"], outputs: ["p"])]
    let found = try error(Graph(nodes: nodes, inputs: [ValueInfo("x", .unknown)], outputs: [ValueInfo("p", .unknown)]))
    #expect(found == ONNXError(.structure, node: "b", "makes 'p', which is already made elsewhere"))
  }

  @Test(arguments: ["Conv", "ConvTranspose", "Gemm"], [Float.nan, .infinity]) func weightsThatAreNotFiniteAreRefused(
    _ op: String, _ bad: Float
  ) throws {
    let found = try error(
      Graph(
        nodes: [Node(op, name: "layer", inputs: ["x", "w"], outputs: ["y"])],
        initializers: [Initializer("w", Tensor([0, 1, bad, 2], shape: [2, 2, 1]))], inputs: [ValueInfo("x", .unknown)],
        outputs: [ValueInfo("y", .unknown)]))
    #expect(found?.code == .value)
    #expect(found?.node == "layer")
    #expect(found?.message.contains("element 2") == true)
  }

  @Test func nestingWithoutEndIsRefused() {
    // A graph in an attribute of a node of a graph in an attribute, a thousand deep.
    var graph: [UInt8] = []
    for _ in 0..<1000 {
      let inner = graph
      graph = Wire.message {
        $0.message(1) { node in
          node.message(5) {
            $0.string(1, "g")
            $0.int(20, 5)
            $0.bytes(6, inner)
          }
        }
      }
    }
    let found = error(Wire.message { $0.bytes(7, graph) })
    #expect(found?.message.contains("nested too deeply") == true)
  }

  @Test func nodesOutOfOrderAreSorted() throws {
    let nodes = [Node("Relu", inputs: ["p"], outputs: ["q"]), Node("Abs", inputs: ["x"], outputs: ["p"])]
    let graph = Graph(nodes: nodes, inputs: [ValueInfo("x", .unknown)], outputs: [ValueInfo("q", .unknown)])
    let model = try ONNXFile.decode(try ONNXFile.encode(Model(graph: graph)))
    #expect(model.graph.nodes.map(\.opType) == ["Abs", "Relu"])
  }

  @Test func aFileThatIsMissingOrAFolderIsNamed() {
    for (path, word) in [("/nowhere/net.onnx", "does not exist"), ("/", "no plain file")] {
      do {
        _ = try ONNXFile.read(path)
        Issue.record("\(path) was read")
      } catch {
        #expect(error.file == path)
        #expect("\(error)".contains(word))
      }
    }
  }
}
