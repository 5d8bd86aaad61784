import Foundation
import KerfCompression
import KerfData
import KerfDecomposition
import KerfEngine
import KerfGraph
import KerfONNX
import Testing

@Suite struct PrecisionTests {
  private func levels(_ model: Model) -> Set<String> {
    let dequantized = Set(model.graph.nodes.filter { $0.opType == "DequantizeLinear" }.flatMap(\.outputs))
    return Set(model.graph.nodes.filter { $0.opType == "Conv" && dequantized.isSuperset(of: $0.inputs.prefix(2)) }.map(\.name))
  }

  @Test func aFormIsQuantizedWithTheRestOfTheNetwork() throws {
    let model = SmallNetwork.model()
    let request = CompressionRequest(method: .form("spatial", rank: [5]), fitting: .data, precision: .int8)
    let outcome = try SmallNetwork.compressor(request).run()
    let convolutions = outcome.model.graph.nodes.filter { $0.opType == "Conv" }.map(\.name)
    #expect(levels(outcome.model) == Set(convolutions), "\(convolutions)")
    #expect(outcome.result.layers.contains { $0.form == "spatial" && $0.precision == .int8 && $0.formText == "spatial int8" })
    #expect(outcome.result.after.bytes < outcome.result.before.bytes)
    // As near as the same form in floats, but for the noise of 8 bits.
    let input = ["x": Tensor((0..<24 * 24).map { Float(($0 * 37) % 101) / 101 }, shape: [1, 1, 24, 24])]
    let plain = try SmallNetwork.compressor(CompressionRequest(method: .form("spatial", rank: [5]), fitting: .data)).run()
    #expect(try Outputs.distance(plain.model, outcome.model, input) < 0.05)
    #expect(try Outputs.distance(model, outcome.model, input) > 0)
  }

  @Test func aRecipeGivesTheSameBytes() throws {
    let request = CompressionRequest(method: .form("channel", rank: [6]), fitting: .data, precision: .int8)
    let first = try SmallNetwork.compressor(request).run()
    #expect(first.recipe.precision == "int8" && first.recipe.layers.allSatisfy { $0.precision == .int8 })
    let again = CompressionRequest(fitting: .data, precision: .int8, recipe: first.recipe)
    #expect(try ONNXFile.encode(SmallNetwork.compressor(again).run().model) == ONNXFile.encode(first.model))
  }

  @Test func aSizeBoundMayBeMetByLevelsAlone() throws {
    let model = SmallNetwork.model()
    let bound = try ONNXFile.encode(model).count * 3 / 4
    let outcome = try SmallNetwork.compressor(CompressionRequest(goal: .size(bytes: bound), fitting: .data, precision: .auto)).run()
    let size = try ONNXFile.encode(outcome.model).count
    #expect(outcome.reached == (size <= bound), "\(size) of \(bound) bytes, reached: \(outcome.reached)")
    #expect(outcome.result.layers.allSatisfy { !$0.reason.isEmpty })
  }

  @Test func levelsAloneAreTriedWhereADropIsAllowed() throws {
    let request = CompressionRequest(goal: .maxDrop(0.5), method: .form("channel", rank: nil), fitting: .data, precision: .auto)
    let outcome = try SmallNetwork.compressor(request).run()
    let alone = try #require(outcome.result.candidates.first { $0.label == "3×dense int8" })
    // Which attempt is the fastest is left to the clock: a network of 20 µs takes twice as long when another program runs.
    let (metric, original) = (try #require(alone.metric), try #require(outcome.result.candidates.first?.metric))
    #expect(metric < original && original - metric < 0.5, "\(metric) of \(original)")
    #expect(outcome.result.candidates.filter(\.chosen).allSatisfy { original - ($0.metric ?? -.infinity) <= 0.5 })
  }

  @Test func levelsCostTermsThatCancelMore() throws {
    // Twelve images of 60² a batch: ranges are watched on fewer at a time, and layers alone must take that.
    let model = SmallNetwork.model()
    let images = try SmallNetwork.data(model, count: 12, side: 60).calibration.compactMap { $0["x"]?.floats() }
    let input = Tensor(images.flatMap { $0 }, shape: [12, 1, 60, 60])
    let shapes = try ShapeInference.infer(
      model, inputShapes: ["x": [1, 1, 60, 60]], evaluator: Interpreter.evaluator(opset: model.opset))
    let site = try #require(LayerScan(model, shapes: shapes).sites.first)
    let probe = try LevelsError(
      site, view: LayerView(batches: [.init(input: input, response: input)], inputIsCompressed: false), opset: model.opset)
    let kernel = site.kernel
    let dense = try probe.measure(LayerForm(method: "dense", rank: Rank([]), factors: [kernel]))
    #expect(dense > 0 && dense < 1e-2, "\(dense)")
    // The same response as the difference of two large ones: y = (y + 20·x) − 20·x.
    let (outputs, taps) = (kernel.outputs, kernel.macsPerOutput / kernel.outputs)
    var large = kernel.weights
    for n in 0..<outputs { large[n * taps + taps / 2] += 20 }
    var copy = [Float](repeating: 0, count: taps)
    copy[taps / 2] = 20
    let both = ConvolutionKernel(weights: large + copy, shape: [outputs + 1] + kernel.shape.dropFirst(), pads: kernel.pads)
    let apart = (0..<outputs).flatMap { n in (0...outputs).map { Float($0 == n ? 1 : $0 == outputs ? -1 : 0) } }
    let last = ConvolutionKernel(weights: apart, shape: [outputs, outputs + 1, 1, 1], bias: kernel.bias)
    let cancelling = try probe.measure(LayerForm(method: "cancelling", rank: Rank([outputs + 1]), factors: [both, last]))
    #expect(cancelling > 5 * dense, "\(cancelling) of \(dense)")
  }

  @Test func levelsNeedImages() {
    #expect(throws: CompressionError.self) {
      try SmallNetwork.compressor(CompressionRequest(goal: .speedup(2), fitting: .filter, precision: .auto), data: false)
    }
  }

  /// The bundled denoiser's pictures through the small network.
  private func pictures(_ model: Model) throws -> CompressionData {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    let card = try DataCard(contentsOf: root.appendingPathComponent("Demo/card.yaml").path)
    return try NetworkData(card: card, model: model, options: EngineOptions(threads: 1))
      .compressionData(limits: .init(calibration: 1, validation: 1, test: 1), testSplit: "test", timing: nil)
  }

  @Test func picturesSayWhichPrecisionMadeThemAndShowWhatFormsAndLevelsEachDid() throws {
    let model = SmallNetwork.model()
    let data = try pictures(model)
    func run(_ request: CompressionRequest) throws -> Compressor.Outcome {
      try Compressor(
        model, source: Recipe.Source(file: "small.onnx", sha256: "s"), shapes: data.timing.mapValues(\.shape), data: data,
        request: request, store: MeasurementStore(folder: nil), encode: { try ONNXFile.encode($0) }
      ).run()
    }
    func captions(_ row: PictureRow) -> [String] { row.images.map { $0.caption.replacing(/, -?\d+\.\d\d dB$/, with: "") } }
    let method = CompressionRequest.Method.form("spatial", rank: [5])
    let both = try run(CompressionRequest(method: method, fitting: .data, precision: .int8))
    let row = try #require(both.result.pictures.first)
    #expect(
      captions(row) == [
        "reference", "input", "before (float32)", "after (float32)", "after (int8)", "after (float32) − before (float32), ×8 around grey",
        "after (int8) − before (float32), ×8 around grey", "after (int8) − after (float32), ×8 around grey",
      ])
    #expect(Set(row.images.map(\.png)).count == row.images.count)
    // The picture in between is that of the form alone, and the levels' own result does not show the same pictures again.
    let form = try run(CompressionRequest(method: method, fitting: .data))
    let plain = try #require(form.result.pictures.first)
    #expect(
      captions(plain) == [
        "reference", "input", "before (float32)", "after (float32)", "after (float32) − before (float32), ×8 around grey",
      ])
    #expect(plain.images[3] == row.images[3] && plain.images[4] == row.images[5])
    #expect(both.result.quantization?.pictures.isEmpty ?? true)
  }

  @Test func aNetworkOfWhichSomeLayersAreIntegersIsNotCalledInt8() throws {
    let model = SmallNetwork.model()
    var request = QuantizationRequest(ranges: "minmax", leavesFloat: false)
    request.keepFloat = ["conv1"]
    let quantized = try Quantizer(
      model, name: .init(name: "small", path: "small.onnx"), data: SmallNetwork.data(model), request: request,
      encode: { try ONNXFile.encode($0) }
    ).run().model
    let rows = try pictures(model).pictures(model, [quantized])
    #expect(rows.count == 3)
    #expect(rows.allSatisfy { $0.images.count == 5 && $0.images[3].caption.hasPrefix("after (int8 in 2 of 3 layers), ") })
  }
}
