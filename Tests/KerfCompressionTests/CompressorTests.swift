import KerfCompression
import KerfDecomposition
import KerfGraph
import KerfONNX
import Testing

@Suite struct CompressorTests {
  private let input = ["x": Tensor((0..<24 * 24).map { Float(($0 * 37) % 101) / 101 }, shape: [1, 1, 24, 24])]

  @Test(arguments: MethodRegistry.all.map(\.name)) func everyFormIsWrittenAsANetworkThatRuns(form: String) throws {
    let model = SmallNetwork.model()
    let count = type(of: try MethodRegistry.method(named: form)).rankCount
    // Ranks of forms that multiply channels count for more.
    let small = ["depthwise", "separable-bank", "separable-bank-shared"].contains(form) ? 1 : form.hasPrefix("bicluster") ? 2 : 4
    let rank = Array(repeating: small, count: count)
    let request = CompressionRequest(method: .form(form, rank: rank), fitting: .data)
    let outcome = try SmallNetwork.compressor(request).run()
    let replaced = outcome.result.layers.filter { $0.form == form }
    if ["fc-svd", "monochromatic", "spatial-axes"].contains(form) {
      #expect(replaced.isEmpty && outcome.model == model)
      return
    }
    #expect(!replaced.isEmpty)
    #expect(outcome.result.after.macs < outcome.result.before.macs)
    #expect(outcome.result.layers.allSatisfy { !$0.reason.isEmpty })
    let distance = try Outputs.distance(model, outcome.model, input)
    #expect(distance > 0 && distance < 1, "\(form): relative distance \(distance)")
  }

  @Test func onlyReplacedLayersChange() throws {
    let model = SmallNetwork.model()
    let outcome = try SmallNetwork.compressor(CompressionRequest(method: .form("channel", rank: [6]), fitting: .filter), data: false).run()
    let kept = outcome.result.layers.filter { $0.form == nil }.map(\.name)
    for node in model.graph.nodes where node.opType == "Relu" || kept.contains(node.name) {
      #expect(outcome.model.graph.nodes.contains(node))
    }
    #expect(outcome.model.graph.inputs == model.graph.inputs && outcome.model.graph.outputs == model.graph.outputs)
    let read = Set(outcome.model.graph.nodes.flatMap(\.inputs))
    #expect(outcome.model.graph.initializers.allSatisfy { read.contains($0.name) }, "weights that nobody reads were left behind")
  }

  @Test(arguments: CompressionRequest.Fitting.allCases.filter { $0 != .filter })
  func dataMakesTheNetworkCloserThanWeightsAlone(fitting: CompressionRequest.Fitting) throws {
    let model = SmallNetwork.model()
    let method = CompressionRequest.Method.form("spatial", rank: [4])
    let blind = try SmallNetwork.compressor(CompressionRequest(method: method, fitting: .filter)).run()
    let fitted = try SmallNetwork.compressor(CompressionRequest(method: method, fitting: fitting)).run()
    let (a, b) = (try Outputs.distance(model, blind.model, input), try Outputs.distance(model, fitted.model, input))
    #expect(b < a, "filter \(a), \(fitting) \(b)")
  }

  @Test func aLayerThatACriterionDoesNotApplyToSaysSo() throws {
    let request = CompressionRequest(method: .form("spatial", rank: [2]), fitting: .nonlinear)
    let layers = try SmallNetwork.compressor(request).run().result.layers
    // Nothing reads the last one's response: it is the network's output.
    #expect(layers.map { $0.reason.contains("fitted as asymmetric") } == [false, false, true], "\(layers.map(\.reason))")
  }

  @Test(arguments: CompressionRequest.Fitting.allCases)
  func aRecipeGivesTheSameBytesForAnyNumberOfThreads(fitting: CompressionRequest.Fitting) throws {
    var request = CompressionRequest(method: .form("spatial", rank: [5]), fitting: fitting)
    request.engine.threads = 1
    let first = try SmallNetwork.compressor(request).run()
    #expect(first.recipe.criterion == fitting.rawValue)
    var again = CompressionRequest(fitting: fitting, recipe: first.recipe)
    again.engine.threads = 3
    let second = try SmallNetwork.compressor(again).run()
    #expect(try ONNXFile.encode(first.model) == ONNXFile.encode(second.model))
    #expect(first.recipe.result == second.recipe.result)
  }

  @Test func aRecipeForAnotherNetworkIsRefused() throws {
    var recipe = try SmallNetwork.compressor(CompressionRequest(method: .form("spatial", rank: [5]), fitting: .filter), data: false).run()
      .recipe
    recipe.model.sha256 = "other"
    #expect(throws: CompressionError.self) {
      try SmallNetwork.compressor(CompressionRequest(fitting: .filter, recipe: recipe), data: false).run()
    }
  }

  @Test(arguments: [("spatial", []), ("tucker2", [4]), ("channel", [-4]), ("channel", [1000]), ("bicluster", [0, 2, 4]), ("fc-svd", [4])])
  func aRecipeOfRanksThatThereAreNotIsRefused(form: String, rank: [Int]) throws {
    let request = CompressionRequest(method: .form("spatial", rank: [5]), fitting: .filter)
    var recipe = try SmallNetwork.compressor(request, data: false).run().recipe
    recipe.layers = [.init(name: recipe.layers[0].name, form: form, rank: rank)]
    let error = #expect(throws: CompressionError.self) {
      try SmallNetwork.compressor(CompressionRequest(fitting: .filter, recipe: recipe), data: false).run()
    }
    #expect(error?.code == .recipe && error?.message.contains(recipe.layers[0].name) == true)
  }

  @Test func aRecipeThatGivesOtherBytesSaysSo() throws {
    let request = CompressionRequest(method: .form("spatial", rank: [5]), fitting: .filter)
    var recipe = try SmallNetwork.compressor(request, data: false).run().recipe
    func warnings() throws -> [String] {
      try SmallNetwork.compressor(CompressionRequest(fitting: .filter, recipe: recipe), data: false).run().result.warnings
    }
    #expect(try warnings().isEmpty)
    recipe.seed = 2
    recipe.layers[0].rank = [4]
    #expect(try warnings().contains { $0.contains("not the bytes") })
  }

  @Test func aMultiplyAddBoundIsMet() throws {
    let outcome = try SmallNetwork.compressor(CompressionRequest(goal: .macs(1.2), fitting: .data)).run()
    if outcome.reached { #expect(Double(outcome.result.after.macs) * 1.2 <= Double(outcome.result.before.macs) * 1.001) }
    #expect(outcome.result.reached == outcome.reached)
  }

  @Test func aSizeBoundIsMetByTheWholeFile() throws {
    let original = try ONNXFile.encode(SmallNetwork.model()).count
    let bound = original * 3 / 4
    let outcome = try SmallNetwork.compressor(CompressionRequest(goal: .size(bytes: bound), fitting: .data)).run()
    let size = try ONNXFile.encode(outcome.model).count
    #expect(outcome.reached == (size <= bound), "\(size) of \(bound) bytes, reached: \(outcome.reached)")
    // Where no layer gets faster by a form nothing may be replaced: then that is said.
    #expect(size < original || outcome.result.warnings.contains { $0.contains("cannot be met") })
  }

  @Test func anUnmeetableBoundSaysSo() throws {
    let outcome = try SmallNetwork.compressor(CompressionRequest(goal: .latency(milliseconds: 1e-6), fitting: .data)).run()
    #expect(!outcome.reached && outcome.result.warnings.contains { $0.contains("cannot be met") })
  }

  @Test func carriedPaddingKeepsTheNetworkOpenToOtherSizes() throws {
    let model = SmallNetwork.model(autoPad: true)
    let request = CompressionRequest(method: .form("spatial", rank: [16]), fitting: .filter)
    let outcome = try SmallNetwork.compressor(request, data: false, model: model).run()
    #expect(outcome.model.graph.nodes.contains { $0[attribute: "auto_pad"] != nil && $0.name.contains("spatial") })
    let odd = ["x": Tensor((0..<31 * 17).map { Float($0 % 13) }, shape: [1, 1, 31, 17])]
    #expect(try Outputs.distance(model, outcome.model, odd) < 1)
  }

  @Test func halfPrecisionWeightsStayHalfPrecision() throws {
    var model = SmallNetwork.model()
    for index in model.graph.initializers.indices {
      let tensor = model.graph.initializers[index].tensor
      model.graph.initializers[index].tensor =
        Tensor(doubles: tensor.doubles() ?? [], shape: tensor.shape, type: .float16) ?? tensor
    }
    model.graph.inputs = [ValueInfo("x", .tensor(.float16, [.fixed(1), .fixed(1), .fixed(24), .fixed(24)]))]
    let request = CompressionRequest(method: .form("channel", rank: [4]), fitting: .filter)
    let compressor = try Compressor(
      model, source: Recipe.Source(file: "half.onnx", sha256: "h"), shapes: ["x": [1, 1, 24, 24]], data: nil, request: request,
      store: MeasurementStore(folder: nil), encode: { try ONNXFile.encode($0) })
    let outcome = try compressor.run()
    #expect(outcome.model.graph.initializers.allSatisfy { $0.tensor.type == .float16 })
    #expect(outcome.result.layers.contains { $0.form == "channel" })
  }
}
