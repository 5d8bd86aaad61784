import KerfCompression
import KerfEngine
import KerfReport

extension Bench {
  static var executions: String { EngineInfo.convolutionExecutions.joined(separator: ", ") }

  /// A convolution with every way to run it.
  struct Algorithms: Encodable {
    struct Measured: Encodable {
      var execution: String
      var medianMs, minMs, p10Ms, p90Ms: Double
      var scratchBytes, weightBytes: Int
    }
    struct Refused: Encodable {
      var execution, reason: String
    }
    var name, operators, shape: String
    var macs: Int
    var picked: String
    var measured: [Measured]
    var refused: [Refused]

    init(_ layer: LayerExecutions) {
      (name, operators, shape, macs, picked) = (layer.name, layer.operators, layer.shape, layer.macs, layer.picked)
      measured = layer.measured.map {
        Measured(
          execution: $0.execution, medianMs: $0.median, minMs: $0.milliseconds.first ?? 0, p10Ms: Statistics.quantile($0.milliseconds, 0.1),
          p90Ms: Statistics.quantile($0.milliseconds, 0.9), scratchBytes: $0.scratchBytes, weightBytes: $0.weightBytes)
      }
      refused = layer.refused.map { Refused(execution: $0.execution, reason: $0.reason) }
    }
  }

  /// One line an execution, below its layer's.
  static func table(_ layers: [Algorithms]) -> TextTable {
    var table = TextTable([
      .init("layer", isElastic: true), .init("execution"), .init("ms", .trailing), .init("p10–p90", .trailing),
      .init("scratch, KiB", .trailing),
      .init("weights, KiB", .trailing), .init("", isElastic: true),
    ])
    for layer in layers {
      var name = "\(layer.name) \(layer.shape)"
      for way in layer.measured {
        table.add([
          name, way.execution, NumberText.fixed(way.medianMs, decimals: 3),
          "\(NumberText.fixed(way.p10Ms, decimals: 3))–\(NumberText.fixed(way.p90Ms, decimals: 3))", "\(way.scratchBytes / 1024)",
          "\(way.weightBytes / 1024)", way.execution == layer.picked ? "← picked" : "",
        ])
        name = ""
      }
      for refusal in layer.refused {
        table.add([name, refusal.execution, "–", "", "", "", refusal.reason])
        name = ""
      }
    }
    return table
  }
}
