import Foundation
import KerfCompression
import KerfEngine
import KerfGraph
import KerfONNX
import Testing

@Suite struct QuantizerTests {
  private func quantizer(
    _ model: Model = SmallNetwork.model(), _ request: QuantizationRequest = .init(), data: CompressionData? = nil
  ) throws -> Quantizer {
    var request = request
    request.engine.threads = 1
    return Quantizer(
      model, name: .init(name: "small", path: "small.onnx"), data: try data ?? SmallNetwork.data(SmallNetwork.model()), request: request,
      encode: { try ONNXFile.encode($0) })
  }

  @Test(arguments: RangeEstimatorRegistry.all.map { $0.name }) func everyEstimatorGivesANetworkNearTheOriginal(name: String) throws {
    let outcome = try quantizer(request(ranges: name)).run()
    let distance = try Outputs.distance(SmallNetwork.model(), outcome.model, try SmallNetwork.data(SmallNetwork.model()).timing)
    // Few pictures leave a histogram's tails thin: an estimator may cut them off, but what is left is nearer than nothing. Where nothing is cut off, four
    // values are rounded, each by 1/(255·√12) of its range, which is some ten times its size.
    #expect(distance > 0 && distance < (name == MinMaxRange.name ? 4 * 10 / (255 * 12.0.squareRoot()) : 0.5), "\(name): \(distance)")
    #expect(outcome.result.ranges == name)
    #expect(
      outcome.model.graph.inputs == SmallNetwork.model().graph.inputs && outcome.model.graph.outputs == SmallNetwork.model().graph.outputs)
  }

  private func quantizer(_ request: QuantizationRequest) throws -> Quantizer { try quantizer(SmallNetwork.model(), request) }

  private func request(ranges: String? = "minmax", floatLayers: Bool = false) -> QuantizationRequest {
    QuantizationRequest(ranges: ranges, leavesFloat: floatLayers)
  }

  @Test func weightsBiasesAndActivationsAreIntegersInTheFile() throws {
    let model = try quantizer(request()).run().model
    let again = try ONNXFile.decode(ONNXFile.encode(model))
    let types = Dictionary(again.graph.initializers.map { ($0.name, $0.tensor.type) }, uniquingKeysWith: { first, _ in first })
    for node in again.graph.nodes where node.opType == "Conv" {
      for (place, type) in [(1, ElementType.int8), (2, .int32)] {
        let maker = try #require(again.graph.nodes.first { $0.outputs.first == node.inputs[place] })
        #expect(maker.opType == "DequantizeLinear" && types[maker.inputs[0]] == type)
      }
    }
    #expect(again.graph.nodes.count { $0.opType == "QuantizeLinear" } == 4)
    #expect(again.graph.initializers.allSatisfy { initializer in again.graph.nodes.contains { $0.inputs.contains(initializer.name) } })
  }

  @Test func theResultSpeaksOfEveryLayerAndSurvivesJSON() throws {
    let outcome = try quantizer(SmallNetwork.model(), request(ranges: nil, floatLayers: true)).run()
    let result = outcome.result
    #expect(result.layers.map(\.name) == ["conv0", "conv1", "conv2"])
    #expect(result.layers.allSatisfy { !$0.reason.isEmpty })
    for layer in result.layers where layer.isQuantized {
      #expect((layer.sqnr ?? 0) > 20)
      #expect(layer.range == nil || (layer.saturated.map { (0...1).contains($0) } ?? false))
    }
    #expect(result.steps.count { $0.name.hasPrefix("ranges") } == RangeEstimatorRegistry.all.count)
    let decoded = try JSONDecoder().decode(QuantizationResult.self, from: JSONEncoder().encode(result))
    #expect(decoded == result)
  }

  @Test func layersAskedForStayFloat() throws {
    var request = request()
    request.keepFloat = ["conv1"]
    let outcome = try quantizer(request).run()
    let node = try #require(outcome.model.graph.nodes.first { $0.name == "conv1" })
    #expect(outcome.model.graph.constant(named: node.inputs[1])?.type == .float)
    #expect(outcome.result.layers.first { $0.name == "conv1" }?.reason == "asked for")
  }

  @Test func aLayerThatDoesNotExistIsRefused() throws {
    var request = request()
    request.keepFloat = ["conv9"]
    #expect { try quantizer(request).run() } throws: { "\($0)".contains("conv9") && "\($0)".contains("conv0") }
  }

  @Test func aBoundOfNothingLeavesLayersFloatUntilItHoldsOrSaysThatItDoesNot() throws {
    var request = request(floatLayers: true)
    request.maxHarm = 0
    let outcome = try quantizer(request).run()
    #expect(outcome.reached == (outcome.result.harm <= 0))
    if !outcome.reached { #expect(!outcome.result.warnings.isEmpty) }
  }

  @Test(arguments: [Float.nan, .infinity]) func calibrationDataThatIsNotFiniteIsNamed(bad: Float) throws {
    var data = try SmallNetwork.data(SmallNetwork.model())
    var values = [Float](repeating: 0.5, count: 24 * 24)
    values[7] = bad
    data.calibration[2] = ["x": Tensor(values, shape: [1, 1, 24, 24])]
    #expect { try quantizer(data: data).run() } throws: { error in
      let text = "\(error)"
      return (error as? CompressionError)?.code == .data && text.contains("image 3") && text.contains("'x'")
    }
  }

  @Test(arguments: [Float(0), 0.25]) func constantPicturesGiveAValidNetwork(value: Float) throws {
    var data = try SmallNetwork.data(SmallNetwork.model())
    data.calibration = [["x": Tensor([Float](repeating: value, count: 24 * 24), shape: [1, 1, 24, 24])]]
    let outcome = try quantizer(SmallNetwork.model(), request(), data: data).run()
    for initializer in outcome.model.graph.initializers where initializer.name.hasSuffix("scale") {
      #expect(initializer.tensor.floats()?.allSatisfy { $0 > 0 && $0.isFinite } == true)
    }
  }

  @Test(arguments: [7, 11, 12]) func olderOperatorSetsAreRaised(opset: Int64) throws {
    var model = SmallNetwork.model(opset: opset)
    let place = try #require(model.graph.nodes.firstIndex { $0.name == "relu0" })
    if opset < 11 {
      model.graph.nodes[place] = Node(
        "Clip", name: "clip", inputs: ["c0"], outputs: ["r0"], attributes: [Attribute("min", .float(0)), Attribute("max", .float(1.5))])
    }
    let outcome = try quantizer(model, request(), data: SmallNetwork.data(model)).run()
    #expect(outcome.model.opset == 13)
    #expect(try Outputs.distance(model, outcome.model, try SmallNetwork.data(model).timing) < 0.05)
  }

  @Test func aNetworkWithoutLayersToQuantizeIsRefused() throws {
    var model = SmallNetwork.model()
    model.graph.nodes = [Node("Relu", name: "r", inputs: ["x"], outputs: ["y"])]
    model.graph.initializers = []
    #expect(throws: CompressionError.self) { try quantizer(model, request(), data: SmallNetwork.data(model)).run() }
  }
}
