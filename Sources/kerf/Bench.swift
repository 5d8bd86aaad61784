import ArgumentParser
import KerfCompression
import KerfEngine
import KerfGraph
import KerfReport

/// `kerf bench MODEL`
struct Bench: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench",
    abstract: "Times a network: median, spread, and where the time goes.",
    discussion: """
      EXAMPLES
        kerf bench net.onnx --shape x=1,1,256,256
        kerf bench net.onnx --threads 1 --per-layer
        kerf bench net.onnx --per-layer --explain --plan exhaustive
        kerf bench net.onnx --algorithms --threads 1
        kerf bench net.onnx --json
      """)

  @Argument(help: "The ONNX file.") var model: String
  @Option(help: "Shape of an input, 'x=1,3,224,224' or '1,3,224,224' (may be repeated).") var shape: [NamedArgument] = []
  @Option(help: "Runs to time, at least.") var runs = 10
  @Option(help: "Seconds to time, at least.") var seconds = 1.0
  @Flag(help: "Time every step.") var perLayer = false
  @Flag(help: "With each layer: share of the machine's measured peak, bytes moved, and what the next best execution took by itself.")
  var explain = false
  @Flag(
    help: ArgumentHelp(
      "Time every way to run each convolution (\(Bench.executions)) at its shape, in turn: time, scratch memory, why some cannot, which is picked.",
      discussion: "--runs and --seconds are for each execution and for all layers then."))
  var algorithms = false
  @Flag(help: "Print JSON: median_ms, min_ms, p10_ms, p90_ms, runs, threads, isa.") var json = false
  @OptionGroup var engine: EngineArguments
  @OptionGroup var arithmetic: ArithmeticArguments

  private struct Output: Encodable {
    struct Layer: Encodable {
      var name: String
      var operators: String
      var execution: String
      /// Equal numbers ran fused in one pipeline.
      var step: Int
      var medianMs: Double
      var macs: Int
      var gflops: Double
      /// Products that were really made, against what the machine can do at most.
      var shareOfPeak: Double?
      var bytes: Int
      var measured: [Alternative]?
    }
    struct Alternative: Encodable {
      var execution: String
      var ms: Double
    }
    var model: String
    var shapes: [String: [Int]]
    var medianMs: Double
    var minMs: Double
    var p10Ms: Double
    var p90Ms: Double
    var runs: Int
    var threads: Int
    var isa: String
    var arithmetic: String
    var cpu: String
    var arenaBytes: Int
    var plan: String
    var planningMs: Double
    var peakGflops: Double?
    /// The same of products of bytes.
    var peakInt8Gops: Double?
    /// The same of products of bfloat16 values, where the machine has them.
    var peakBfloat16Gflops: Double?
    var layers: [Layer]?
    var algorithms: [Algorithms]?
  }

  func run() throws {
    guard runs >= 1, runs <= 1_000_000 else { throw InputError("--runs \(runs) must be between 1 and 1000000") }
    let options = try arithmetic.apply(to: engine.engineOptions())
    let loaded = try LoadedModel(model, toRun: options)
    let shapes = try loaded.shapes(shape.shapes(for: loaded.model))
    let clock = ContinuousClock()
    let start = clock.now
    let session = try loaded.session(shapes: shapes, options: options)
    let planning = (clock.now - start) / .milliseconds(1)
    engine.keep(options)
    let inputs = try TimingInputs.tensors(for: loaded.model, shapes: shapes)
    let samples = try session.benchmark(inputs, runs: runs, seconds: seconds)
    let machine = Machine.describe(options)
    let peak = explain ? options.instructionSet.measuredPeak() * Double(options.threads) : nil
    let bytePeak = explain ? options.instructionSet.measuredBytePeak() * Double(options.threads) : nil
    let halfPeak = explain ? options.instructionSet.measuredBFloat16Peak().map { $0 * Double(options.threads) } : nil
    let layers = try perLayer || explain ? session.profile(inputs, runs: min(runs, 20)) : []
    var output = Output(
      model: model, shapes: shapes, medianMs: Statistics.median(samples), minMs: samples.min() ?? 0,
      p10Ms: Statistics.quantile(samples, 0.1), p90Ms: Statistics.quantile(samples, 0.9), runs: samples.count, threads: options.threads,
      isa: machine.isa, arithmetic: options.arithmetic.rawValue, cpu: machine.cpu, arenaBytes: try session.arenaBytes(inputs),
      plan: options.planning.rawValue, planningMs: planning, peakGflops: peak, peakInt8Gops: bytePeak,
      peakBfloat16Gflops: halfPeak,
      layers: perLayer || explain
        ? layers.map { describe($0, peak: $0.isOnLevels ? bytePeak : $0.arithmetic == .bfloat16 ? halfPeak : peak) } : nil)
    if algorithms {
      output.algorithms = try session.executions(inputs, runs: runs, seconds: seconds).map(Algorithms.init)
      engine.keep(options)
    }
    if json { return print(try ResultJSON.text(output)) }
    print(
      "\(NumberText.fixed(output.medianMs, decimals: 3)) ms median (min \(NumberText.fixed(output.minMs, decimals: 3)), p10 \(NumberText.fixed(output.p10Ms, decimals: 3)), "
        + "p90 \(NumberText.fixed(output.p90Ms, decimals: 3)); \(output.runs) runs, \(output.threads) threads, \(output.isa)\(options.arithmetic == .float32 ? "" : ", \(options.arithmetic.rawValue)"), \(output.cpu))"
    )
    print("arena \(output.arenaBytes / 1024) KiB")
    if let algorithms = output.algorithms {
      print(
        "each by itself at its shape, rivals in turn; scratch of one thread\n"
          + Self.table(algorithms).text(width: Terminal.standardOutput.width, colours: Terminal.standardOutput.welcomesColours))
    }
    guard let layers = output.layers else { return }
    if let peak, let bytePeak {
      print(
        "peak \(NumberText.fixed(peak, decimals: 1)) GFLOP/s, \(NumberText.fixed(bytePeak, decimals: 1)) GOP/s of bytes\(halfPeak.map { ", \(NumberText.fixed($0, decimals: 1)) GFLOP/s of bfloat16" } ?? "") on \(options.threads) threads; ┆ marks layers that run fused with the one above"
      )
    }
    var table = TextTable(
      [
        .init("step", isElastic: true), .init("operators"), .init("execution"), .init("ms", .trailing), .init("MMACs", .trailing),
        .init("GFLOP/s", .trailing),
      ] + (explain ? [.init("of peak", .trailing), .init("MB", .trailing), .init("by itself, ms")] : []))
    var last = -1
    for layer in layers {
      var row = [
        (layer.step == last ? "┆ " : "") + layer.name, layer.operators, layer.execution, NumberText.fixed(layer.medianMs, decimals: 4),
        NumberText.fixed(Double(layer.macs) * 1e-6, decimals: 2), layer.macs == 0 ? "–" : NumberText.fixed(layer.gflops, decimals: 1),
      ]
      if explain {
        row += [
          layer.shareOfPeak.map { NumberText.fixed($0 * 100, decimals: 0) + " %" } ?? "–",
          NumberText.fixed(Double(layer.bytes) * 1e-6, decimals: 2),
          (layer.measured ?? []).prefix(3).map { "\($0.execution) \(NumberText.fixed($0.ms, decimals: 3))" }.joined(separator: ", "),
        ]
      }
      table.add(row)
      last = layer.step
    }
    print(table.text(width: Terminal.standardOutput.width, colours: Terminal.standardOutput.welcomesColours))
  }

  private func describe(_ t: StepTiming, peak: Double?) -> Output.Layer {
    let milliseconds = max(t.milliseconds, 1e-9)
    return Output.Layer(
      name: t.name, operators: t.operators, execution: t.execution, step: t.step, medianMs: t.milliseconds, macs: t.macs,
      gflops: 2e-6 * Double(t.macs) / milliseconds,
      shareOfPeak: t.products == 0 ? nil : peak.map { 2e-6 * Double(t.products) / milliseconds / $0 },
      bytes: t.bytes, measured: explain ? t.measured.map { .init(execution: $0.execution, ms: $0.milliseconds) } : nil)
  }
}
