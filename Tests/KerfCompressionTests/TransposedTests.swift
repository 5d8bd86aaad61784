import KerfCompression
import KerfDecomposition
import KerfEngine
import KerfGraph
import KerfONNX
import Testing

/// Transposed convolutions are compressed like the others.
@Suite struct TransposedTests {
  /// Four transposed convolutions, a ReLU behind each but the last.
  private func model(outputShape: [Int]? = nil) -> Model {
    var random = SystemFreeGenerator(state: 3)
    let layers: [(shape: [Int], attributes: [String: Attribute.Value])] = [
      ([4, 12, 3, 3], ["strides": .ints([2, 2]), "pads": .ints([1, 1, 1, 1]), "output_padding": .ints([1, 1])]),
      ([12, 8, 4, 3], ["strides": .ints([2, 1]), "pads": .ints([1, 0, 2, 1]), "dilations": .ints([1, 2])]),
      ([8, 5, 5, 3], ["group": .int(2), "strides": .ints([2, 3]), "auto_pad": .string(Array("SAME_LOWER".utf8))]),
      ([10, 6, 3, 3], ["pads": .ints([3, 0, 0, 3])]),
    ]
    var graph = Graph(name: "up")
    var value = "x"
    for (index, layer) in layers.enumerated() {
      let inputs = layer.shape[0] / (layer.attributes["group"] == nil ? 1 : 2)
      let scale = 1 / Float(inputs * 4).squareRoot()
      let weights = (0..<layer.shape.reduce(1, *)).map { _ in (Float(random.next() % 2001) / 1000 - 1) * scale }
      graph.initializers.append(Initializer("w\(index)", Tensor(weights, shape: layer.shape)))
      let outputs = layer.shape[1] * layer.shape[0] / inputs
      graph.initializers.append(Initializer("b\(index)", Tensor((0..<outputs).map { Float($0) / 50 }, shape: [outputs])))
      let isLast = index == layers.count - 1
      var attributes = layer.attributes.sorted { $0.key < $1.key }.map { Attribute($0.key, $0.value) }
      if isLast, let outputShape { attributes.append(Attribute("output_shape", .ints(outputShape.map { Int64($0) }))) }
      graph.nodes.append(
        Node(
          "ConvTranspose", name: "up\(index)", inputs: [value, "w\(index)", "b\(index)"], outputs: [isLast ? "y" : "c\(index)"],
          attributes: attributes))
      if !isLast { graph.nodes.append(Node("Relu", name: "relu\(index)", inputs: ["c\(index)"], outputs: ["r\(index)"])) }
      value = "r\(index)"
    }
    let open = [1, 4].map { KerfGraph.Dimension.fixed($0) } + ["H", "W"].map { KerfGraph.Dimension.symbolic($0) }
    graph.inputs = [ValueInfo("x", .tensor(.float, open))]
    graph.outputs = [ValueInfo("y", .unknown)]
    return Model(opsets: ["": 13], graph: graph)
  }

  private func images(_ height: Int, _ width: Int) -> [[String: Tensor]] {
    var random = SystemFreeGenerator(state: 8)
    return (0..<4).map { _ in
      ["x": Tensor((0..<4 * height * width).map { _ in Float(random.next() % 1000) / 1000 }, shape: [1, 4, height, width])]
    }
  }

  private func scan(_ model: Model) throws -> LayerScan {
    LayerScan(
      model, shapes: try ShapeInference.infer(model, inputShapes: ["x": [1, 4, 7, 6]], evaluator: Interpreter.evaluator(opset: 13)))
  }

  private func macs(_ model: Model) throws -> Int { try Inspection(model, shapes: ["x": [1, 4, 7, 6]]).macs }

  @Test("Every form at full rank is the network as it was, at any size", arguments: MethodRegistry.all.map(\.name))
  func fullRankIsTheNetwork(form: String) throws {
    let (model, method) = (model(), try MethodRegistry.method(named: form))
    guard type(of: method).isExactAtFullRank else { return }
    let forms = try scan(model).sites.filter { method.applicability(to: $0.kernel) == .applicable }.map {
      (site: $0, form: try method.factorize($0.kernel, rank: method.fullRank(for: $0.kernel)))
    }
    #expect(forms.count == (["fc-svd", "spatial-axes"].contains(form) ? 0 : 4))
    let written = LayerRewriter.rewrite(model, forms)
    #expect(written.graph.nodes.count >= model.graph.nodes.count + forms.count)
    for (height, width) in [(7, 6), (5, 9)] {
      #expect(try Outputs.distance(model, written, images(height, width)[0]) < 1e-4)
    }
    let plain = try Interpreter(written).run(images(7, 6)[0])["y"]?.floats() ?? []
    let fast = try Session(written).run(images(7, 6)[0])["y"]?.floats() ?? []
    let largest = plain.map(abs).max() ?? 0
    #expect(!plain.isEmpty && zip(plain, fast).allSatisfy { abs($0 - $1) <= 1e-5 * largest })
  }

  @Test(
    "Data makes the network closer than weights alone", arguments: ["channel", "spatial", "tucker2"],
    [CompressionRequest.Fitting.data, .asymmetric])
  func dataHelps(form: String, fitting: CompressionRequest.Fitting) throws {
    let (model, images) = (model(), images(12, 11))
    func distance(_ fitting: CompressionRequest.Fitting) throws -> Double {
      let metric: @Sendable (Model) throws -> MetricValue = { network in
        MetricValue(
          name: "closeness", value: -(try Outputs.distance(model, network, images[0])), unit: "", count: 1, standardError: nil,
          split: "test")
      }
      let data = CompressionData(
        card: Recipe.Data(card: "none", sha256: "0", calibration: images.count), calibration: Array(images.dropFirst()), timing: images[0],
        validate: metric, test: metric, pictures: { _, _ in [] })
      let outcome = try Compressor(
        model, source: Recipe.Source(file: "up.onnx", sha256: "s"), shapes: images[0].mapValues(\.shape), data: data,
        request: CompressionRequest(method: .form(form, rank: form == "tucker2" ? [4, 5] : [5]), fitting: fitting),
        store: MeasurementStore(folder: nil), encode: { try ONNXFile.encode($0) }
      ).run()
      #expect(outcome.result.layers.filter { $0.form == form }.count >= 2, "\(outcome.result.layers.map(\.reason))")
      #expect(outcome.result.after.macs < outcome.result.before.macs)
      return try Outputs.distance(model, outcome.model, images[0])
    }
    let (blind, fitted) = (try distance(.filter), try distance(fitting))
    #expect(fitted < blind, "filter \(blind), \(fitting) \(fitted)")
  }

  @Test("Multiply-adds are those of the nodes that are written", arguments: ["channel-in", "spatial", "cp"])
  func costs(form: String) throws {
    let (model, method) = (model(), try MethodRegistry.method(named: form))
    for site in try scan(model).sites {
      let form = try method.factorize(site.kernel, rank: Rank(2))
      let extents = Array(site.inputShape[2...])
      #expect(form.outputExtents(forInput: extents) == Array(site.outputShape[2...]))
      let written = LayerRewriter.rewrite(model, [(site, form)])
      #expect(try macs(written) - macs(model) == form.macs(inputExtents: extents) - site.macs)
    }
  }

  @Test("A layer of stated output extents is left alone, with the reason")
  func outputShape() throws {
    let skipped = try scan(model(outputShape: [30, 30])).skipped
    #expect(skipped.map(\.name) == ["up3"] && skipped[0].reason.contains("output_shape"), "\(skipped)")
  }
}
