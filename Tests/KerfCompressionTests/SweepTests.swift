import KerfCompression
import KerfData
import KerfDecomposition
import KerfGraph
import Testing

@Suite struct SweepTests {
  private func sweep(_ request: SweepRequest, data: Bool = false) throws -> SweepResult {
    let model = SmallNetwork.model()
    return try Sweep(
      model, name: .init(name: "small", path: "small.onnx"), shapes: ["x": [1, 1, 24, 24]], data: data ? SmallNetwork.data(model) : nil,
      request: request, store: MeasurementStore(folder: nil)
    ).run()
  }

  @Test func everyFormRankAndSolverIsAPoint() throws {
    let result = try sweep(SweepRequest(layers: ["conv1"], forms: ["channel", "cp"], ranks: [[4], [8]], solvers: ["als", "nls"]))
    let layer = try #require(result.layers.first)
    #expect(result.layers.count == 1 && layer.name == "conv1" && layer.macs == 24 * 24 * 16 * 16 * 9)
    #expect(layer.points.map(\.label) == ["channel", "channel", "cp als", "cp nls", "cp als", "cp nls"])
    #expect(layer.points.map(\.rank) == [[4], [8], [4], [4], [8], [8]])
    // Costs are those of the methods, fits those of the factors.
    let kernel = ConvolutionKernel(weights: Array(repeating: 0, count: 16 * 16 * 9), shape: [16, 16, 3, 3])
    for point in layer.points {
      let method = try MethodRegistry.method(named: point.form)
      #expect(point.macs == 24 * 24 * method.macsPerOutput(kernel, rank: Rank(point.rank)))
      #expect(point.fit > 0 && point.fit < 100 && point.seconds > 0 && point.responseError == nil && point.milliseconds == nil)
      #expect((point.norm != nil) == (point.form == "cp") && (point.sensitivity != nil) == (point.form == "cp"))
    }
    #expect(layer.points[1].fit > layer.points[0].fit)
    #expect(layer.tensorRankBound == 16 * 9 && layer.typicalRankOfBank == [9] && layer.crossoverRanks["channel"] == [14])
    #expect(layer.spectra.map(\.name).contains("spatial"))
  }

  @Test func dataGiveResponseErrorsAndAccuracy() throws {
    let request = SweepRequest(
      layers: ["conv1"], forms: ["channel", "tensor-train"], ranksPerForm: 2, fitting: .data, timesForms: true, measuresNetwork: true)
    let result = try sweep(request, data: true)
    let points = try #require(result.layers.first?.points)
    #expect(points.count == 4 && result.metric != nil && result.criterion == "data")
    for point in points {
      let error = try #require(point.responseError)
      #expect(error > 0 && error < 1)
      #expect((point.milliseconds ?? 0) > 0 && (point.denseMilliseconds ?? 0) > 0)
      #expect(try #require(point.metric) < 0)
    }
    #expect(try #require(points[1].responseError) < #require(points[0].responseError))
  }

  @Test func whatIsLeftOutIsSaid() throws {
    let result = try sweep(SweepRequest(layers: ["conv1"], forms: ["fc-svd", "channel"], ranks: [[400]]))
    let layer = try #require(result.layers.first)
    #expect(layer.points.isEmpty && layer.left["channel"] == "none of the ranks given is one of it")
    #expect(layer.left["fc-svd"]?.contains("3×3") == true)
  }

  @Test func badRequestsAreRefused() throws {
    let layer = #expect(throws: CompressionError.self) { try sweep(SweepRequest(layers: ["conv9"])) }
    #expect(layer?.message.contains("'conv9'") == true && layer?.message.contains("conv0, conv1, conv2") == true)
    #expect(throws: CompressionError.self) { try sweep(SweepRequest(fitting: .data)) }
    #expect(throws: CompressionError.self) { try sweep(SweepRequest(fitting: .asymmetric), data: true) }
    #expect(throws: DecompositionError.self) { try sweep(SweepRequest(forms: ["spline"])) }
    #expect(throws: DecompositionError.self) { try sweep(SweepRequest(solvers: ["newton"])) }
  }
}
