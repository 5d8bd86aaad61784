import KerfEngine
import KerfGraph
import Testing

/// What `kerf bench --algorithms` shows.
@Suite struct LayerExecutionsTests {
  private func layers(_ cases: [ConvolutionCase], planning: PlanMode = .estimate) throws -> [LayerExecutions] {
    try cases.flatMap { convolution in
      let session = try Session(convolution.layer().model, options: EngineOptions(threads: 1, planning: planning))
      return try session.executions(["x": noise(convolution.x, seed: 1)], runs: 2)
    }
  }

  @Test func everyExecutionIsTimedOrSaysWhyNot() throws {
    let cases = ConvolutionExecutionTests.cases.filter { $0.x.count == 4 }
    let layers = try layers(cases)
    #expect(layers.count == cases.count)
    let names = Set(ConvolutionRegistry.all.filter { !$0.onLevels }.map(\.name))
    for (layer, convolution) in zip(layers, cases) {
      #expect(Set(layer.measured.map(\.execution)).union(layer.refused.map(\.execution)) == names, "\(convolution)")
      #expect(layer.measured.count + layer.refused.count == names.count)
      #expect(layer.measured.contains { $0.execution == layer.picked }, "\(layer.picked)")
      #expect(layer.measured.allSatisfy { $0.milliseconds.count == 2 && $0.milliseconds == $0.milliseconds.sorted() })
      #expect(layer.refused.allSatisfy { !$0.reason.isEmpty })
    }
  }

  @Test func theMemoryOfPatchesIsStated() throws {
    let convolution = ConvolutionCase(x: [1, 8, 20, 20], w: [12, 8, 5, 5], pads: [2, 2, 2, 2])
    let layer = try #require(try layers([convolution]).first)
    let scratch = Dictionary(uniqueKeysWithValues: layer.measured.map { ($0.execution, $0.scratchBytes) })
    #expect(scratch["im2col"] == 4 * 400 * (25 * 8 + 12))
    // Direct sums need no more than the image with zeros at its sides.
    #expect(try #require(scratch["implicit-gemm"]) <= 4 * 8 * 24 * 24)
  }

  @Test func theTransformRefusesStridesAndSaysSo() throws {
    let convolution = ConvolutionCase(x: [1, 8, 20, 20], w: [12, 8, 5, 5], strides: [2, 1])
    let layer = try #require(try layers([convolution]).first)
    #expect(layer.refused.first { $0.execution == "fft" }?.reason.contains("stride 2×1") == true)
  }

  @Test(
    .enabled(if: InstructionSet.best.lanes >= 16, "with narrow vectors products are dear beside transforms: the transform is tried"),
    arguments: [16, 48], [16, 64])
  func planningTimesNeitherTheTransformNorPatchesForSmallKernels(extent: Int, channels: Int) throws {
    // What is tried at start-up is within reach by its estimate.
    let convolution = ConvolutionCase(x: [1, channels, extent, extent], w: [channels, channels, 3, 3], pads: [1, 1, 1, 1])
    let wisdom = Wisdom(machine: "test")
    _ = try Session(convolution.layer().model, options: EngineOptions(threads: 1, planning: .measure, wisdom: wisdom))
    #expect(wisdom.text.contains("winograd-8"))
    #expect(!wisdom.text.contains(" fft") && !wisdom.text.contains(" im2col"), "\(wisdom.text)")
  }
}
