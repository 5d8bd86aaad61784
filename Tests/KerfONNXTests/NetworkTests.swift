import Foundation
import KerfGraph
import KerfONNX
import Testing

private let data = ProcessInfo.processInfo.environment["KERF_DATA"].flatMap { $0.isEmpty ? nil : $0 }

@Suite(.enabled(if: data != nil, "KERF_DATA is not set: its networks are not read"))
struct NetworkTests {
  static let paths: [String] = {
    let folder = (data ?? "") + "/models"
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return names.filter { $0.hasSuffix(".onnx") }.sorted().map { "\(folder)/\($0)" }
  }()

  @Test func theNetworksAreThere() { #expect(!Self.paths.isEmpty) }

  @Test(arguments: paths) func aNetworkIsReadWrittenAndItsShapesAreInferred(_ path: String) throws {
    let model = try ONNXFile.read(path)
    #expect(try ONNXFile.decode(try ONNXFile.encode(model)) == model)
    var shapes: [String: [Int]] = [:]
    let constants = Set(model.graph.initializers.map(\.name))
    for input in model.graph.inputs where !constants.contains(input.name) {
      guard case .tensor(_, let shape?) = input.type else { continue }
      shapes[input.name] = shape.enumerated().map { $1.value ?? ($0 == 0 ? 1 : 64) }
    }
    let inferred = try ShapeInference.infer(model, inputShapes: shapes)
    for output in model.graph.outputs { #expect(inferred[output.name]?.fixedShape != nil, "\(output.name)") }
    for node in model.graph.nodes where node.opType == "Conv" {
      #expect(inferred[node.outputs[0]]?.fixedShape?.count == 4, "\(node.label)")
    }
  }
}
