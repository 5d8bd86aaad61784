import ArgumentParser
import Foundation
import KerfCompression
import KerfData
import KerfEngine
import KerfGraph
import KerfONNX
import KerfReport

/// `kerf quantize MODEL -o OUT --data CARD`
struct Quantize: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Writes a network with 8-bit weights and activations as standard QDQ ONNX.",
    discussion: """
      Ranges: \(RangeEstimatorRegistry.all.map { "\($0.name) (\($0.summary))" }.joined(separator: "; ")).

      EXAMPLES
        kerf quantize net.onnx -o net.int8.onnx --data card.yaml
        kerf quantize net.onnx -o net.int8.onnx --data card.yaml --ranges percentile --keep-float conv1 --report net.html
      """)

  @Argument(help: "The ONNX file.") var model: String
  @Option(name: [.customShort("o"), .long], help: "The ONNX file to write.") var output: String
  @Option(help: "The data card (YAML): its calibration split gives the ranges.") var data: String
  @Option(help: "How ranges are found (default: all are tried, the best is kept).") var ranges: String?
  @Flag(inversion: .prefixedNo, help: "Balance the weights of neighbouring layers first.") var equalize = true
  @Flag(inversion: .prefixedNo, help: "Let biases take up the mean error of rounding.") var biasCorrection = true
  @Option(help: "nearest, or reconstruct: weights go up or down so that the layer's response changes least.")
  var rounding: QuantizationRequest.Rounding = .reconstruct
  @Option(help: "What the card's metric may lose on the validation split (points or dB): layers stay float until that holds.")
  var maxHarm: Double?
  @Flag(inversion: .prefixedNo, help: "Let layers stay float by measurement.") var floatLayers = true
  @Option(help: "A layer that stays float (may be repeated).") var keepFloat: [String] = []
  @Option(help: "Write an HTML report.") var report: String?
  @Option(help: "Split to report on.") var testSplit = "test"
  @Option(help: "Images to calibrate on.") var calibration = 16
  @Option(help: "Images to choose by, at most.") var validation: Int?
  @Option(help: "Images to report on, at most.") var test: Int?
  @Option(help: "Seed of every random choice.") var seed: UInt64 = 1
  @Flag(help: "Print JSON.") var json = false
  @OptionGroup var engine: EngineArguments

  func run() throws {
    for (name, count) in [("--calibration", calibration), ("--validation", validation), ("--test", test)] {
      if let count, count < 1 { throw InputError("\(name) \(count) must be at least 1") }
    }
    try OutputFile.check(output, report)
    if let maxHarm, !(maxHarm >= 0) { throw InputError("--max-harm \(maxHarm) must not be negative") }
    let options = try engine.engineOptions(.estimate)
    let loaded = try LoadedModel(model)
    let network = try NetworkData(card: DataCard(contentsOf: data), model: loaded.model, options: options)
    let images = try network.compressionData(
      limits: .init(calibration: calibration, validation: validation, test: test), testSplit: testSplit, timing: nil)
    let request = QuantizationRequest(
      ranges: ranges, equalizes: equalize, correctsBias: biasCorrection, rounding: rounding, maxHarm: maxHarm, leavesFloat: floatLayers,
      keepFloat: keepFloat,
      engine: options, seed: seed)
    let line = ProgressLine("quantize", total: 0)
    let stage = Stage(line)
    let outcome = try Quantizer(
      loaded.model, name: .init(name: loaded.model.graph.name, path: URL(fileURLWithPath: model).lastPathComponent), data: images,
      request: request, encode: { try ONNXFile.encode($0) }, progress: { stage.show($0) }
    ).run()
    line.finish()
    engine.keep(options)
    try ONNXFile.write(outcome.model, to: output)
    if let report { try OutputFile.write(QuantizationReport(outcome.result).html(), to: report) }
    if json {
      print(try ResultJSON.text(outcome.result), terminator: "")
    } else {
      let terminal = Terminal.standardOutput
      print(QuantizationTable.text(outcome.result, width: terminal.width, colours: terminal.welcomesColours))
    }
    if !outcome.reached {
      throw BoundNotMet("max-harm \(outcome.result.maxHarm) cannot be met; the best that was found was written to \(output)")
    }
  }
}

extension QuantizationRequest.Rounding: ExpressibleByArgument {}
