import KerfEngine
import KerfGraph
import Testing

/// What the executions say of their errors, against sums in double.
@Suite struct WinogradErrorTests {
  struct Form: Sendable, CustomStringConvertible {
    let alpha, rows, columns: Int
    var description: String { "winograd-\(alpha) \(rows)×\(columns)" }
  }

  static let forms: [Form] = [4, 6, 8, 10].flatMap { alpha in
    [3, 5, 7].filter { alpha - $0 >= 1 }.flatMap {
      [Form(alpha: alpha, rows: $0, columns: 1), Form(alpha: alpha, rows: 1, columns: $0)]
        + (alpha <= 8 ? [Form(alpha: alpha, rows: $0, columns: $0)] : [])
    }
  }

  @Test(arguments: forms, InstructionSet.available)
  func theErrorIsWithinWhatIsStated(form: Form, isa: InstructionSet) throws {
    let (channels, outputs, extent) = (96, 4, 20)
    var random = Noise(seed: UInt64(form.alpha * 100 + form.rows * 10 + form.columns))
    // Like what a layer sees: nothing below zero.
    let x = random.floats(channels * extent * extent).map { max(0, $0) }
    let w = random.floats(outputs * channels * form.rows * form.columns)
    var layer = OneLayer([1, channels, extent, extent])
    let (top, left) = (form.rows / 2, form.columns / 2)
    layer.nodes = [
      Node("Conv", inputs: ["x", "w"], outputs: ["y"], attributes: [Attribute("pads", .ints([top, left, top, left].map(Int64.init)))])
    ]
    layer.constants = [Initializer("w", Tensor(w, shape: [outputs, channels, form.rows, form.columns]))]
    var options = EngineOptions(threads: 1, instructionSet: isa, errorBound: 1)
    options.convolutionExecution = "winograd-\(form.alpha)"
    let session = try Session(layer.model, options: options)
    let input = Tensor(x, shape: [1, channels, extent, extent])
    #expect(try session.profile(["x": input], runs: 1).contains { $0.execution == "winograd-\(form.alpha)" })
    let y = try #require(try session.run(["x": input])["y"]?.floats())
    var (gap, size) = (0.0, 0.0)
    for n in 0..<outputs {
      for i in 0..<extent {
        for j in 0..<extent {
          var sum = 0.0
          for c in 0..<channels {
            for t in 0..<form.rows where (0..<extent).contains(i + t - top) {
              for u in 0..<form.columns where (0..<extent).contains(j + u - left) {
                sum +=
                  Double(x[(c * extent + i + t - top) * extent + j + u - left])
                  * Double(w[((n * channels + c) * form.rows + t) * form.columns + u])
              }
            }
          }
          gap = max(gap, abs(Double(y[(n * extent + i) * extent + j]) - sum))
          size = max(size, abs(sum))
        }
      }
    }
    let stated = try #require(WinogradErrors.stated(alpha: form.alpha, isFlat: form.rows == 1 || form.columns == 1))
    // Beyond the rounding that direct sums have too.
    #expect(gap / size <= stated + 1e-6, "\(gap / size)")
  }

  @Test func levelsThatFlipDoNotSpeakAgainstWinograd() throws {
    // 8 bits behind the convolution: where its sum rounds the other way, the output differs by a whole level, far more than the bound.
    var layer = OneLayer([1, 64, 48, 48])
    layer.nodes = [
      Node("Conv", inputs: ["x", "w"], outputs: ["c"], attributes: [Attribute("pads", .ints([1, 1, 1, 1]))]),
      Node("QuantizeLinear", inputs: ["c", "scale", "zero"], outputs: ["q"]),
      Node("DequantizeLinear", inputs: ["q", "scale", "zero"], outputs: ["y"]),
    ]
    layer.constants = [
      Initializer("w", noise([64, 64, 3, 3], seed: 1)), Initializer("scale", Tensor([Float(0.1)], shape: [])),
      Initializer("zero", Tensor(shape: [], storage: .uint8([128]))),
    ]
    var options = EngineOptions(threads: 1, planning: .measure)
    options.convolutionExecution = "winograd-8"
    let session = try Session(layer.model, options: options)
    let executions = try session.profile(["x": noise([1, 64, 48, 48], seed: 2)], runs: 1).map(\.execution)
    #expect(executions.contains { $0.contains("winograd") }, "\(executions)")
  }

  @Test func anExactPlanHasNoWinograd() throws {
    for bound in [0, 1e-9] {
      var layer = OneLayer([1, 16, 24, 24])
      layer.nodes = [Node("Conv", inputs: ["x", "w"], outputs: ["y"])]
      layer.constants = [Initializer("w", noise([16, 16, 3, 3], seed: 1))]
      let options = EngineOptions(threads: 1, exact: bound == 0, errorBound: bound, planning: .measure)
      let session = try Session(layer.model, options: options)
      let executions = try session.profile(["x": noise([1, 16, 24, 24], seed: 2)], runs: 1).map(\.execution)
      #expect(executions.contains("implicit-gemm"), "\(executions)")
    }
  }
}
