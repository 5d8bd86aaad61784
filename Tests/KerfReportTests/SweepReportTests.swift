import Foundation
import KerfCompression
import KerfReport
import Testing

@Suite struct SweepReportTests {
  private let result: SweepResult

  init() throws {
    func point(_ form: String, _ rank: String, fit: Double, _ more: String) -> String {
      """
      {"form": "\(form)", "rank": [\(rank)], "fit": \(fit), "response_error": 0.25, "seconds": 0.5, "macs": 1000, "parameters": 200,
       "milliseconds": 1.5, "dense_milliseconds": 3, "metric": "nan"\(more)}
      """
    }
    let canonical = #", "solver": "nls", "norm": 1.5, "sensitivity": 40"#
    let points = [point("cp", "4", fit: 61.25, canonical), point("cp", "8", fit: 80, canonical), point("tucker2", "4, 6", fit: 70, "")]
    let text = """
      {"model": {"name": "net", "path": "net.onnx"}, "criterion": "data", "condition_threshold": 20, "versions": {"kerf": "0"}, "seconds": 3,
       "machine": {"cpu": "a processor", "isa": "avx2", "threads": 1, "cores": 2, "os": "an OS"},
       "skipped": [{"name": "up", "op_type": "ConvTranspose", "reason": "no form"}],
       "layers": [{"name": "conv<1>, \\"a\\"", "op": "Conv", "kernel": [16, 8, 3, 3], "groups": 1, "macs": 4000, "parameters": 1152,
         "spectra": [{"name": "channel", "shape": [16, 72], "values": [3, 2, 0], "condition_number": "inf", "stable_rank": 1.4}],
         "tensor_rank_bound": 72, "typical_rank_of_bank": [9], "crossover_ranks": {"channel": [13]}, "left": {"fc-svd": "a 3×3 kernel"},
         "filters": [{"name": "cp nls", "images": [{"caption": "rank 4", "png": "\(SampleResult.pixel)"}]}],
         "points": [\(points.joined(separator: ","))]}, {"name": "conv2", "op": "Conv", "kernel": [8, 16, 3, 3], "groups": 1, "macs": 4000,
         "parameters": 1152, "spectra": [{"name": "channel", "shape": [8, 144], "values": [3, 0.5], "condition_number": 6, "stable_rank": 1.1},
         {"name": "spatial", "shape": [24, 48], "values": [3, 0.1], "condition_number": 30, "stable_rank": 1.1}],
         "tensor_rank_bound": 72, "crossover_ranks": {}, "left": {}, "filters": [], "points": []}]}
      """
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    result = try decoder.decode(SweepResult.self, from: Data(text.utf8))
  }

  @Test func tableHasEveryPointAndWhatWasLeft() {
    let text = SweepTable.text(result)
    for part in ["cp nls", "tucker2", "4,6", "61.25 %", "left out: fc-svd", "left alone: up (ConvTranspose)", "tensor rank at most 72"] {
      #expect(text.contains(part), "\(part)")
    }
  }

  @Test func commaSeparatedValuesAreQuoted() {
    let lines = SweepTable.csv(result).split(separator: "\n").map(String.init)
    #expect(lines.count == 4)
    #expect(lines[1] == "\"conv<1>, \"\"a\"\"\",cp,nls,4,61.25,0.25,0.5,1000,4000,200,1.5,3.0,nan,1.5,40.0,inf,")
    #expect(lines[3].contains(",tucker2,,\"4,6\",70.0,") && lines[3].hasSuffix(",nan,,,inf,"))
    #expect(lines[0].hasSuffix(",sensitivity,condition_channel,condition_spatial"))
  }

  @Test func conditionNumbersStandInOnePlotWithTheThreshold() throws {
    let html = SweepReport(result).html()
    let part = try #require(html.components(separatedBy: "id=\"conditions\"").last?.components(separatedBy: "</section>").first)
    // ∞ is said, and not drawn.
    #expect(part.components(separatedBy: "<circle").count - 1 == 2 && part.contains(">∞<") && part.contains(">30.0<"))
    #expect(
      part.contains("2 of 2 layers reach the threshold of 20") && part.contains("class=\"level\"") && part.contains("> threshold 20</span>")
    )
    // Logarithmic: round numbers in equal ratios.
    #expect(part.contains(">10</text>") && part.contains(">20</text>"))
  }

  @Test func pageDrawsEveryCurveAndNothingFromOutside() {
    let html = SweepReport(result).html()
    #expect(html.contains("conv&lt;1&gt;, &quot;a&quot;") && !html.contains("conv<1>"))
    for title in [
      "Fit against rank", "Fit against work", "Response error against work", "Time to factorize against rank", "Time to run against work",
      "Norm of the terms against rank", "Singular values of the unfoldings",
    ] { #expect(html.contains("<strong>\(title)</strong>"), "\(title)") }
    // What was not measured, or is not finite, has no plot.
    #expect(!html.contains("Accuracy of the network"))
    #expect(html.components(separatedBy: "<circle").count - 1 == 6 * 3 - 1 + 2)
    #expect(html.contains("<img alt=\"cp nls: rank 4\" src=\"data:image/png;base64,\(SampleResult.pixel)\">"))
    #expect(!html.contains("http") || !html.contains("src=\"http"))
  }
}
