import Foundation
import KerfData
import Testing

@Suite struct MetricTests {
  private let golden = Golden.all.metrics

  private func rules(colour: String = "rgb", layout: String = "NHWC", output: String = "{}") throws -> OutputRules {
    try card(["colour": colour, "input": "{ layout: \(layout) }", "output": output]).output
  }

  private func score(_ metric: any Metric) throws -> Double {
    let clean = Image(width: golden.width, height: golden.height, channels: 3, values: golden.clean)
    return try metric.score(
      golden.noisy.map(Float.init), shape: [1, golden.height, golden.width, 3], target: .image(clean), rules: rules())
  }

  @Test("PSNR is NumPy's, on all channels and on the luma inside a border") func psnr() throws {
    // Sums of 2088 squares in float64 in another order: far below 1e-9 dB.
    #expect(abs(try score(PSNRMetric(view: MetricView())) - golden.psnr) < 1e-9)
    #expect(abs(try score(PSNRMetric(view: MetricView(border: golden.border, channels: .luma))) - golden.psnrLumaBorder) < 1e-9)
  }

  @Test("SSIM is SciPy's, on all channels and on the luma inside a border") func ssim() throws {
    // Variances are differences of moments of up to 255²: 255² · 2⁻⁵² of rounding over C₂ = 58 is 2.5e-13.
    #expect(abs(try score(SSIMMetric(view: MetricView())) - golden.ssim) < 1e-10)
    #expect(abs(try score(SSIMMetric(view: MetricView(border: golden.border, channels: .luma))) - golden.ssimLumaBorder) < 1e-10)
  }

  @Test("Equal pictures have 100 dB and a similarity of 1") func equal() throws {
    let values = (0..<256).map(Float.init)
    let image = Image(width: 16, height: 16, channels: 1, pixels: values)
    let rules = try rules(colour: "grey", layout: "NCHW")
    #expect(try PSNRMetric(view: MetricView()).score(values, shape: [1, 1, 16, 16], target: .image(image), rules: rules) == 100)
    let similarity = try SSIMMetric(view: MetricView()).score(values, shape: [1, 1, 16, 16], target: .image(image), rules: rules)
    #expect(abs(similarity - 1) < 1e-12)
  }

  @Test("What counts against the original's output is every change of it, also one towards the target", arguments: [-0.5, 0, 0.5, 1, 2])
  func original(part: Double) throws {
    let rules = try rules(colour: "grey", layout: "NCHW")
    let pixels = (0..<256).map { Float(100 + $0 % 7) }
    let target = Target.image(Image(width: 16, height: 16, channels: 1, pixels: pixels))
    // An error of 8 grey levels everywhere; a share of it taken off again.
    let own = pixels.map { $0 + 8 }
    let given = own.map { $0 - Float(8 * part) }
    func score(_ metric: any Metric, _ output: [Float]) throws -> Double {
      try metric.score(output, shape: [1, 1, 16, 16], target: target, original: own, rules: rules)
    }
    let (kept, near) = (KeptPSNRMetric(view: MetricView()), OriginalPSNRMetric(view: MetricView()))
    let psnr = try score(PSNRMetric(view: MetricView()), own)
    #expect(abs(try score(kept, given) - (psnr - 10 * log10(1 + part * part))) < 1e-9)
    #expect(abs(try score(near, given) - (part == 0 ? 100 : psnr - 20 * log10(abs(part)))) < 1e-9)
  }

  @Test("A metric that compares with the original says that it is not there", arguments: ["kept-psnr", "psnr-to-original"])
  func withoutOriginal(kind: String) throws {
    let card = try card(["metric": "{ kind: \(kind), border: 1 }", "input": "{ layout: NCHW }"])
    #expect(card.comparesWithOriginal && card.metric.name == kind)
    let target = Target.image(Image(width: 4, height: 4, channels: 1, pixels: Array(repeating: 1, count: 16)))
    let error = #expect(throws: DataError.self) {
      try card.metric.score(Array(repeating: 1, count: 16), shape: [1, 1, 4, 4], target: target, rules: card.output)
    }
    #expect(error?.code == .mismatch && error?.message.hasPrefix("\(kind) compares with the original") == true)
  }

  @Test("Output rules scale, clip and round to even; layouts and BGR are turned back") func outputRules() throws {
    let rules = try rules(colour: "bgr", layout: "NCHW", output: "{ multiply: 100, add: 0.5, clip: [0, 250], round: true }")
    // Planes B, G, R: −99.5 and 0.5, 100.5 and 200.5, 300.5 and 25.5 before clipping and rounding.
    let image = try rules.image(from: [-1, 0, 1, 2, 3, 0.25], shape: [1, 3, 1, 2])
    #expect(image.pixels == [250, 100, 0, 26, 200, 0])
    #expect(try self.rules(layout: "NHWC").image(from: [1, 2, 3, 4, 5, 6], shape: [1, 1, 2, 3]).pixels == [1, 2, 3, 4, 5, 6])
  }

  @Test(
    "An output that is no picture of the card is an error",
    arguments: [
      ([4.0, 5], [1, 1, 1, 3]), ([1, 2, 3], [1, 3, 1, 1]), ([1, 2], [2, 1, 1, 1]), ([.nan, 1], [1, 1, 1, 2]), ([], [1, 1, 0, 0]),
    ])
  func wrongOutput(values: [Double], shape: [Int]) throws {
    let rules = try rules(colour: "grey", layout: "NCHW")
    let error = #expect(throws: DataError.self) { try rules.image(from: values.map(Float.init), shape: shape) }
    #expect(error?.code == (values.contains { $0.isNaN } ? .notFinite : .mismatch))
  }

  @Test(
    "A class is a hit when it is among the k largest; equal values go by number, no number is a miss",
    arguments: [
      (1, [0.1, 0.7, 0.2], 1, 100.0), (1, [0.1, 0.7, 0.2], 2, 0), (2, [0.1, 0.7, 0.2], 2, 100), (1, [0.5, 0.5, 0], 0, 100),
      (1, [0.5, 0.5, 0], 1, 0), (5, [6, 5, 4, 3, 2, 1], 4, 100), (5, [6, 5, 4, 3, 2, 1], 5, 0), (1, [.nan, 1], 0, 0), (5, [1, 2], 0, 100),
    ])
  func top(k: Int, output: [Double], label: Int, wanted: Double) throws {
    let rules = try rules()
    let score = try TopMetric(k: k).score(output.map(Float.init), shape: [1, output.count], target: .label(label), rules: rules)
    #expect(score == wanted)
  }

  @Test("A class that the network does not have is an error", arguments: [-1, 3]) func missingClass(label: Int) throws {
    let rules = try rules()
    #expect(throws: DataError.self) { try TopMetric(k: 1).score([1, 2, 3], shape: [1, 3], target: .label(label), rules: rules) }
  }

  @Test("A figure carries its count and its standard error") func standardErrors() {
    let hits = Measurement(of: TopMetric(k: 1), scores: [100, 0, 100, 100])
    // 100 √(0.75 · 0.25 / 4)
    #expect(hits.value == 75 && hits.count == 4 && abs((hits.standardError ?? 0) - 21.650635094610966) < 1e-12)
    let decibels = Measurement(of: PSNRMetric(view: MetricView()), scores: [30, 32, 34])
    // s = 2, √3 pictures
    #expect(decibels.value == 32 && abs((decibels.standardError ?? 0) - 1.1547005383792515) < 1e-12)
    #expect(Measurement(of: PSNRMetric(view: MetricView()), scores: [30]).standardError == nil)
  }
}
