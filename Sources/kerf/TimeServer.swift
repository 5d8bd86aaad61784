import ArgumentParser
import Foundation
import KerfCompression
import KerfEngine
import KerfGraph

/// `kerf time-server MODEL`: one of the candidates that `Benchmarks/` times in turn.
///
/// A process that lives through the whole comparison, so that starting and loading are told apart from running. Every line it reads is a
/// request, every line it writes one JSON object; the end of the input ends it.
struct TimeServer: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "time-server",
    abstract: "Loads a network and times runs on request.",
    discussion: """
      The first line written says what loading took (nothing is loaded without MODEL). Then a line read is a request:
        run K        K + 1 runs back to back; the milliseconds of the last K (run alone: K = 1)
        output FILE  writes the network's first output to FILE (.npy)
      """,
    shouldDisplay: false)

  @Argument(help: "The ONNX file.") var model: String?
  @Option(help: "Shape of an input, 'x=1,3,224,224' or '1,3,224,224' (may be repeated).") var shape: [NamedArgument] = []
  @OptionGroup var engine: EngineArguments
  @OptionGroup var arithmetic: ArithmeticArguments

  private struct Ready: Encodable {
    var isa: String
    var cpu: String
    var version: String
    var threads: Int
    /// File → graph, graph → plan, and the first run, milliseconds.
    var loadMs: Double?
    var planMs: Double?
    var firstRunMs: Double?
    var arenaBytes: Int?
  }

  private struct Times: Encodable { var ms: [Double] }
  private struct Written: Encodable { var written: String }

  func run() throws {
    let options = try arithmetic.apply(to: engine.engineOptions())
    let machine = Machine.describe(options)
    var ready = Ready(isa: machine.isa, cpu: machine.cpu, version: KerfVersion.current, threads: options.threads)
    guard let model else {
      try Self.say(ready)
      while readLine() != nil {}
      return
    }
    let clock = ContinuousClock()
    let start = clock.now
    let loaded = try LoadedModel(model, toRun: options)
    let shapes = try loaded.shapes(shape.shapes(for: loaded.model))
    let read = clock.now
    let session = try loaded.session(shapes: shapes, options: options)
    let planned = clock.now
    engine.keep(options)
    let inputs = try TimingInputs.tensors(for: loaded.model, shapes: shapes)
    ready.loadMs = Self.milliseconds(read - start)
    ready.planMs = Self.milliseconds(planned - read)
    ready.firstRunMs = try Self.milliseconds(clock.measure { _ = try session.run(inputs) })
    ready.arenaBytes = try session.arenaBytes(inputs)
    try Self.say(ready)
    while let request = readLine() { try answer(request, session, inputs) }
  }

  private func answer(_ request: String, _ session: Session, _ inputs: [String: Tensor]) throws {
    let words = request.split(separator: " ", maxSplits: 1).map(String.init)
    switch words.first {
    case "run":
      let count = words.count == 1 ? 1 : Int(words[1]) ?? 0
      guard (1...1_000_000).contains(count) else { throw InputError("'\(request)': run wants a number between 1 and 1000000") }
      try Self.say(Times(ms: session.benchmark(inputs, runs: count)))
    case "output" where words.count == 2:
      let made = try session.run(inputs)
      guard let name = session.outputNames.first, let tensor = made[name] else { throw InputError("the network has no output") }
      try TensorFile.write(tensor, to: words[1])
      try Self.say(Written(written: name))
    default: throw InputError("'\(request)' is not a request; requests are 'run K' and 'output FILE'")
    }
  }

  /// One line of JSON, out at once.
  private static func say(_ value: some Encodable) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    encoder.keyEncodingStrategy = .convertToSnakeCase
    FileHandle.standardOutput.write(try encoder.encode(value) + Data("\n".utf8))
  }

  private static func milliseconds(_ duration: Duration) -> Double {
    Double(duration.components.seconds) * 1e3 + Double(duration.components.attoseconds) * 1e-15
  }
}
