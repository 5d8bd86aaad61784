import Foundation
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

  @Test func largestFiltersAreDrawnAsTheyAreAndAtAFewRanks() throws {
    let ranks = [1, 2, 3, 4, 5, 12].map { [$0] }
    let result = try sweep(SweepRequest(layers: ["conv0", "conv1"], forms: ["channel", "cp"], ranks: ranks))
    #expect(result.conditionThreshold == 20)
    let words = ["all 16 slices", "the 16 largest of 256 slices"]
    #expect(result.layers.map { $0.filters.first?.images.first?.caption } == words.map { "as they are: \($0)" })
    let layer = try #require(result.layers.last)
    #expect(layer.filters.map(\.name) == ["channel", "cp"])
    for row in layer.filters {
      let captions = try [1, 2, 4, 12].map { rank in
        let point = try #require(layer.points.first { $0.form == row.name && $0.rank == [rank] })
        return String(format: "rank %d, fit %.1f %%", rank, point.fit)
      }
      #expect(row.images.dropFirst().map(\.caption) == captions)
      // 4 × 4 filters of 3×3 taps, 4 pixels a tap, 2 between.
      let pictures = try row.images.map { try Image(decoding: Array(#require(Data(base64Encoded: $0.png)))) }
      #expect(pictures.allSatisfy { $0.width == 4 * 14 - 2 && $0.height == 4 * 14 - 2 && $0.channels == 1 })
      // Higher ranks come nearer to the filters as they are.
      let distances = pictures.map { zip($0.pixels, pictures[0].pixels).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) } }
      #expect(distances[4] < distances[1] && distances[4] > 0)
    }
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
