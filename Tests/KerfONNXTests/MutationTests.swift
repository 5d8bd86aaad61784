import Foundation
import KerfEngine
import KerfGraph
import KerfONNX
import Testing

/// Damaged files through the reader, the passes and shape inference: an error or a model, never a crash, a hang or much memory.
///
/// `KERF_MUTATIONS` sets their number (20,000), `KERF_SEED` the seed; `KERF_MUTATION=i` runs the one of that number alone.
@Suite(.serialized) struct MutationTests {
  private let environment = ProcessInfo.processInfo.environment
  private var seed: UInt64 { environment["KERF_SEED"].flatMap { UInt64($0) } ?? 20_26 }

  @Test func damagedFilesAreRefusedOrRead() throws {
    var seeds: [[UInt8]] = []
    for (_, model) in SampleModels.all { seeds.append(try ONNXFile.encode(model)) }
    var generator = GraphGenerator(random: Generator(seed: seed))
    for _ in 0..<40 { seeds.append(try ONNXFile.encode(generator.model())) }
    try run("damaged files") { index in
      var mutator = Mutator(random: Generator(seed: seed &+ UInt64(index) &* 0x1234_5677))
      let (a, b) = (mutator.random.below(seeds.count), mutator.random.below(seeds.count))
      return mutator.mutate(seeds[a], with: seeds[b])
    }
  }

  @Test func graphsOfAbsurdNumbersAreRefusedOrInferred() throws {
    try run("absurd graphs") { index in
      var generator = GraphGenerator(random: Generator(seed: seed &+ UInt64(index) &* 0x7654_3211))
      return try ONNXFile.encode(generator.model())
    }
  }

  private func run(_ what: String, file: (Int) throws -> [UInt8]) throws {
    let count = environment["KERF_MUTATIONS"].flatMap { Int($0) } ?? 20_000
    let only = environment["KERF_MUTATION"].flatMap { Int($0) }
    print("\(what): seed \(seed), \(count) files")
    let before = peakMemory()
    var read = 0
    var inferred = 0
    var slowest = Duration.zero
    for index in only.map({ $0..<$0 + 1 }) ?? 0..<count {
      if environment["KERF_MUTATION_TRACE"] != nil { FileHandle.standardError.write(Data("\(what) \(index)\n".utf8)) }
      let bytes = try file(index)
      let time = ContinuousClock().measure {
        guard var model = try? ONNXFile.decode(bytes) else { return }
        read += 1
        let opset = model.opset
        let evaluator: NodeEvaluator = { node, inputs in try? Interpreter.evaluate(node, inputs, opset: opset) }
        if (try? ShapeInference.infer(model, evaluator: evaluator)) != nil { inferred += 1 }
        try? model.run(PassRegistry.all, with: PassContext(evaluator: evaluator, foldingLimit: 1 << 12))
        _ = try? ONNXFile.encode(model)
      }
      slowest = max(slowest, time)
    }
    let growth = peakMemory() - before
    #expect(before > 0)
    print("\(what): \(read) could be read, \(inferred) inferred; slowest \(slowest), memory grew by \(growth >> 20) MiB")
    #expect(slowest < .seconds(5))
    #expect(growth < 512 << 20)
    if only == nil { #expect(read > count / 50 && read < count + 1) }
  }

  /// The process's largest resident size so far, bytes.
  private func peakMemory() -> Int {
    #if os(Linux)
      // Not getrusage: its figure survives exec, so that it is the test runner's.
      let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
      let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
      return (line.flatMap { Int($0.filter(\.isNumber)) } ?? 0) * 1024
    #else
      var usage = rusage()
      getrusage(RUSAGE_SELF, &usage)
      return usage.ru_maxrss
    #endif
  }
}
