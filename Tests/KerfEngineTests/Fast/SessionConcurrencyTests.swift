import KerfEngine
import KerfGraph
import Testing

@Suite struct SessionConcurrencyTests {
  /// Dense, pooled, depthwise and added: every kind of memory that a run has.
  private var model: Model {
    let pads = Attribute("pads", .ints([1, 1, 1, 1]))
    return Model(
      graph: Graph(
        name: "shared",
        nodes: [
          Node("Conv", name: "first", inputs: ["x", "w1"], outputs: ["a"], attributes: [pads]),
          Node("Relu", inputs: ["a"], outputs: ["r"]),
          Node("Conv", name: "depthwise", inputs: ["r", "w2"], outputs: ["d"], attributes: [pads, Attribute("group", .int(18))]),
          Node("MaxPool", inputs: ["d"], outputs: ["p"], attributes: [Attribute("kernel_shape", .ints([3, 3])), pads]),
          Node("Add", inputs: ["p", "r"], outputs: ["s"]),
          Node("Softsign", inputs: ["s"], outputs: ["t"]),
          Node("Conv", name: "last", inputs: ["t", "w3"], outputs: ["y"]),
        ],
        initializers: [
          Initializer("w1", noise([18, 3, 3, 3], seed: 1)), Initializer("w2", noise([18, 1, 3, 3], seed: 2)),
          Initializer("w3", noise([2, 18, 1, 1], seed: 3)),
        ],
        inputs: [ValueInfo("x", .tensor(.float, [.symbolic("N"), .fixed(3), .symbolic("H"), .symbolic("W")]))],
        outputs: [ValueInfo("y", .tensor(.float, nil))]))
  }

  /// Ends by an error alone.
  private static func runForever(_ session: Session, _ x: Tensor, _ token: CancellationToken? = nil) throws {
    while true { _ = try session.run(["x": x], cancellation: token) }
  }

  private static func code(of task: Task<Void, any Error>) async -> EngineError.Code? {
    guard case .failure(let error) = await task.result else { return nil }
    return (error as? EngineError)?.code
  }

  @Test func differentShapesArePlannedAndRunFromSeveralTasksAtOnce() async throws {
    // More shapes than a session keeps plans for.
    let inputs = (0..<11).map { noise([1 + $0 % 2, 3, 6 + $0, 23 - $0], seed: UInt64($0)) }
    let quiet = try Session(model, options: EngineOptions(threads: 1))
    let wanted = try inputs.map { try quiet.run(["x": $0]) }
    for threads in [1, 3] {
      let session = try Session(model, options: EngineOptions(threads: threads))
      try await withThrowingTaskGroup(of: (Int, Bool).self) { group in
        for call in 0..<66 {
          group.addTask { (call % 11, try session.run(["x": inputs[call % 11]]) == wanted[call % 11]) }
        }
        for try await (shape, same) in group { #expect(same, "shape \(shape), \(threads) threads") }
      }
    }
  }

  @Test func aCancelledTaskStopsAndTheSessionGoesOn() async throws {
    let session = try Session(model, options: EngineOptions(threads: 2))
    let x = noise([1, 3, 40, 41], seed: 4)
    let wanted = try session.run(["x": x])
    let endless = Task { try Self.runForever(session, x) }
    endless.cancel()
    #expect(await Self.code(of: endless) == .cancelled)
    #expect(try session.run(["x": x]) == wanted)
  }

  @Test func aTokenStopsTheRunsItWasGivenToAndNoOthers() async throws {
    let session = try Session(model, options: EngineOptions(threads: 2))
    let x = noise([1, 3, 40, 41], seed: 4)
    let wanted = try session.run(["x": x])
    let (token, other) = (CancellationToken(), CancellationToken())
    let endless = Task { try Self.runForever(session, x, token) }
    for _ in 0..<5 { #expect(try session.run(["x": x], cancellation: other) == wanted) }
    token.cancel()
    #expect(await Self.code(of: endless) == .cancelled)
    #expect(try session.run(["x": x], cancellation: other) == wanted)
    #expect(!other.isCancelled)
  }

  @Test func planningForAnUnwantedRunIsLeftOffAndDoneWhenItIsWanted() throws {
    let session = try Session(model, options: EngineOptions(threads: 1))
    let token = CancellationToken()
    token.cancel()
    let x = noise([1, 3, 7, 7], seed: 4)
    let error = #expect(throws: EngineError.self) { try session.run(["x": x], cancellation: token) }
    #expect(error?.code == .cancelled)
    #expect(try session.run(["x": x])["y"]?.shape == [1, 2, 7, 7])
  }

  @Test func aSessionMadeInACancelledTaskSaysSo() async {
    let model = model
    let task = Task {
      while !Task.isCancelled {}
      _ = try Session(model, shapes: ["x": [1, 3, 5, 5]])
    }
    task.cancel()
    #expect(await Self.code(of: task) == .cancelled)
  }
}
