import KerfCompression
import KerfDecomposition
import KerfGraph
import KerfONNX
import Testing

/// Convolutions over one and three axes are compressed like those over two.
@Suite struct AxesTests {
  /// Two convolutions with a ReLU between, the second with a stride and pads that differ.
  private func model(axes: Int) -> Model {
    var random = SystemFreeGenerator(state: 5)
    func weights(_ shape: [Int]) -> Tensor {
      let scale = 1 / Float(shape.dropFirst().reduce(1, *)).squareRoot()
      return Tensor((0..<shape.reduce(1, *)).map { _ in (Float(random.next() % 2001) / 1000 - 1) * scale }, shape: shape)
    }
    let three = Array(repeating: 3, count: axes)
    let open = [1, 4].map { KerfGraph.Dimension.fixed($0) } + (0..<axes).map { KerfGraph.Dimension.symbolic("D\($0)") }
    return Model(
      opsets: ["": 13],
      graph: Graph(
        name: "axes",
        nodes: [
          Node(
            "Conv", name: "first", inputs: ["x", "w0", "b0"], outputs: ["c"],
            attributes: [Attribute("pads", .ints(Array(repeating: 1, count: 2 * axes)))]),
          Node("Relu", name: "relu", inputs: ["c"], outputs: ["r"]),
          Node(
            "Conv", name: "last", inputs: ["r", "w1"], outputs: ["y"],
            attributes: [
              Attribute("strides", .ints((0..<axes).map { $0 == 0 ? 2 : 1 })),
              Attribute("pads", .ints((0..<2 * axes).map { $0 < axes ? 1 : 0 })),
            ]),
        ],
        initializers: [
          Initializer("w0", weights([12, 4] + three)), Initializer("b0", weights([12])), Initializer("w1", weights([6, 12] + three)),
        ],
        inputs: [ValueInfo("x", .tensor(.float, open))], outputs: [ValueInfo("y", .unknown)]))
  }

  private func images(axes: Int) -> [[String: Tensor]] {
    var random = SystemFreeGenerator(state: 9)
    let shape = [1, 4] + Array(repeating: axes == 1 ? 60 : 9, count: axes)
    return (0..<4).map { _ in ["x": Tensor((0..<shape.reduce(1, *)).map { _ in Float(random.next() % 1000) / 1000 }, shape: shape)] }
  }

  private func outcome(_ model: Model, _ images: [[String: Tensor]], _ form: String, _ rank: [Int]) throws -> Compressor.Outcome {
    let metric: @Sendable (Model) throws -> MetricValue = { network in
      MetricValue(
        name: "closeness", value: -(try Outputs.distance(model, network, images[0])), unit: "", count: 1, standardError: nil, split: "test")
    }
    let data = CompressionData(
      card: Recipe.Data(card: "none", sha256: "0", calibration: images.count), calibration: Array(images.dropFirst()), timing: images[0],
      validate: metric, test: metric, pictures: { _, _ in [] })
    return try Compressor(
      model, source: Recipe.Source(file: "axes.onnx", sha256: "s"), shapes: images[0].mapValues(\.shape), data: data,
      request: CompressionRequest(method: .form(form, rank: rank), fitting: .data), store: MeasurementStore(folder: nil),
      encode: { try ONNXFile.encode($0) }
    ).run()
  }

  @Test(arguments: [
    (1, "channel"), (1, "channel-in"), (1, "tucker2"), (1, "cp-spatial"), (1, "depthwise"), (3, "channel"), (3, "channel-in"),
    (3, "spatial"),
    (3, "tucker2"), (3, "cp"), (3, "cp-spatial"), (3, "depthwise"), (3, "tensor-train"), (3, "spatial-axes"),
  ])
  func formsFollowTheDataAndComeNearerWithRank(axes: Int, form: String) throws {
    let (model, images) = (model(axes: axes), images(axes: axes))
    let method = try MethodRegistry.method(named: form)
    let kernel = ConvolutionKernel(
      weights: Array(repeating: 1, count: 12 * 4 * (axes == 1 ? 3 : 27)), shape: [12, 4] + Array(repeating: 3, count: axes))
    let ranks = method.candidateRanks(for: kernel)
    var distances: [Double] = []
    for rank in [try #require(ranks.first), try #require(ranks.last)] {
      let outcome = try outcome(model, images, form, rank.values)
      #expect(outcome.result.layers.contains { $0.form == form && ($0.error ?? 0) > 0 }, "\(outcome.result.layers.map(\.reason))")
      distances.append(try Outputs.distance(model, outcome.model, images[0]))
    }
    #expect(distances[1] < distances[0] && distances[0] < 1, "\(distances)")
  }
}
