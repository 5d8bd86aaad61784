import Foundation
import Kerf

/// `swift run RunModel [MODEL.onnx [EXTENT…]]`: runs a network from two tasks at once and says where its time goes.
///
/// Without arguments it takes the denoiser that comes with Kerf. Extents that the model leaves open are 1 for the first axis (the batch) and 64 for
/// the others, or what is given: `RunModel net.onnx 1 3 224 224`.
@main struct RunModel {
  static func main() async {
    do { try await run() } catch {
      FileHandle.standardError.write(Data("RunModel: \(error)\n".utf8))
      exit(2)
    }
  }

  private static func run() async throws {
    let arguments = CommandLine.arguments.dropFirst()
    let path = arguments.first ?? "Demo/dead_leaves_denoiser.onnx"
    let given = arguments.dropFirst().compactMap { Int($0) }

    // The first time, weights are packed and kept in the cache folder; from then on a session is ready in milliseconds.
    let clock = ContinuousClock()
    let start = clock.now
    let session = try Session(contentsOf: path)
    var feeds: [String: Tensor] = [:]
    for input in session.inputs { feeds[input.name] = noise(try extents(of: input, given: given)) }
    // One session serves any number of threads and shapes.
    let inputs = feeds
    async let first = session.run(inputs)
    async let second = session.run(inputs)
    let (one, two) = try await (first, second)
    print("\(path): loaded and run twice in \(clock.now - start); both runs \(one == two ? "agree" : "differ")")
    for name in session.outputNames { if let tensor = one[name] { print("\(name): \(tensor.type) \(tensor.shape)") } }

    // A run that nobody waits for any more stops soon after its task is cancelled.
    let unwanted = Task { try session.run(inputs) }
    unwanted.cancel()
    if case .failure(let error) = await unwanted.result { print("cancelled: \(error)") }

    for step in try session.profile(inputs, runs: 5).sorted(by: { $0.milliseconds > $1.milliseconds }).prefix(8) {
      let milliseconds = String(format: "%8.3f", step.milliseconds)
      print("\(milliseconds) ms  \(step.operators) by \(step.execution)  \(step.name)")
    }
  }

  private static func extents(of input: ValueInfo, given: [Int]) throws -> [Int] {
    guard case .tensor(.float, let shape?) = input.type else {
      throw EngineError(.input, "input '\(input.name)' is no float32 tensor of known rank: this example feeds noise only")
    }
    if given.count == shape.count { return given }
    return shape.enumerated().map { $1.value ?? ($0 == 0 ? 1 : 64) }
  }

  private static func noise(_ shape: [Int]) -> Tensor {
    Tensor((0..<shape.reduce(1, *)).map { _ in Float.random(in: 0...1) }, shape: shape)
  }
}
