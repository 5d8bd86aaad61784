import KerfEngine
import KerfGraph
import Testing

@Suite struct SessionThroughputTests {
  private func model(_ last: [Node], outputs: [String]) -> Model {
    Model(
      graph: Graph(
        name: "batches",
        nodes: [
          Node("Conv", name: "first", inputs: ["x", "w1"], outputs: ["a"], attributes: [Attribute("pads", .ints([1, 1, 1, 1]))]),
          Node("Relu", inputs: ["a"], outputs: ["r"]),
          Node("Conv", name: "second", inputs: ["r", "w2"], outputs: ["y"]),
        ] + last,
        initializers: [Initializer("w1", noise([9, 2, 3, 3], seed: 1)), Initializer("w2", noise([4, 9, 1, 1], seed: 2))],
        inputs: [ValueInfo("x", .tensor(.float, [.symbolic("N"), .fixed(2), .symbolic("H"), .symbolic("W")]))],
        outputs: outputs.map { ValueInfo($0, .unknown) }))
  }

  private func session(_ model: Model, threads: Int, planning: PlanMode, throughput: Bool = true) throws -> Session {
    var options = EngineOptions(threads: threads, exact: true, planning: planning)
    options.throughput = throughput
    return try Session(model, options: options)
  }

  @Test(arguments: [1, 2, 3], [PlanMode.estimate, .measure])
  func aBatchGivesTheSameImagesWhicheverWayItRuns(threads: Int, planning: PlanMode) throws {
    let pooled = model(
      [Node("GlobalAveragePool", inputs: ["y"], outputs: ["g"]), Node("Flatten", inputs: ["g"], outputs: ["f"])], outputs: ["y", "f"])
    let throughput = try session(pooled, threads: threads, planning: planning)
    let together = try session(pooled, threads: threads, planning: .estimate, throughput: false)
    for shape in [[1, 2, 6, 7], [2, 2, 6, 7], [3, 2, 5, 5], [8, 2, 6, 7], [13, 2, 3, 4], [0, 2, 6, 7]] {
      let x = noise(shape, seed: UInt64(shape[0]))
      let wanted = try together.run(["x": x])
      // Again, now that the session has made up its mind.
      for _ in 0..<3 {
        let found = try throughput.run(["x": x])
        #expect(found.keys.sorted() == wanted.keys.sorted())
        for (name, tensor) in wanted {
          #expect(found[name]?.shape == tensor.shape)
          if let other = found[name], tensor.count > 0 { #expect(relativeDifference(other, tensor) < 3e-6, "\(name), \(shape)") }
        }
      }
    }
  }

  @Test func outputsThatAreNoImagesRunTogether() throws {
    let shaped = model([Node("Shape", inputs: ["y"], outputs: ["s"])], outputs: ["y", "s"])
    let session = try session(shaped, threads: 2, planning: .estimate)
    for _ in 0..<2 { #expect(try session.run(["x": noise([4, 2, 5, 6], seed: 3)])["s"]?.integers() == [4, 4, 5, 6]) }
    let kept = model([Node("Cast", inputs: ["y"], outputs: ["c"], attributes: [Attribute("to", .int(7))])], outputs: ["c"])
    let whole = try self.session(kept, threads: 2, planning: .estimate)
    for _ in 0..<2 {
      let found = try whole.run(["x": noise([4, 2, 5, 6], seed: 3)])["c"]
      #expect(found?.shape == [4, 4, 5, 6] && found?.type == .int64)
    }
  }

  @Test func aBatchThatIsCancelledSaysSo() throws {
    let session = try session(model([], outputs: ["y"]), threads: 2, planning: .estimate)
    let token = CancellationToken()
    token.cancel()
    let error = #expect(throws: EngineError.self) { try session.run(["x": noise([8, 2, 5, 6], seed: 3)], cancellation: token) }
    #expect(error?.code == .cancelled)
    #expect(try session.run(["x": noise([8, 2, 5, 6], seed: 3)])["y"]?.shape == [8, 4, 5, 6])
  }

  @Test func batchesFromSeveralTasksAtOnceAreRight() async throws {
    let net = model([], outputs: ["y"])
    let inputs = (0..<5).map { noise([4 + $0, 2, 9, 8], seed: UInt64($0)) }
    let together = try session(net, threads: 1, planning: .estimate, throughput: false)
    let wanted = try inputs.map { try together.run(["x": $0]) }
    let session = try session(net, threads: 3, planning: .estimate)
    try await withThrowingTaskGroup(of: Bool.self) { group in
      for call in 0..<25 {
        group.addTask {
          guard let found = try session.run(["x": inputs[call % 5]])["y"], let right = wanted[call % 5]["y"] else { return false }
          return relativeDifference(found, right) < 3e-6
        }
      }
      for try await same in group { #expect(same) }
    }
  }
}
