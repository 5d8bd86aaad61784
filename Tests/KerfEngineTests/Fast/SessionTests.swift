import KerfEngine
import KerfGraph
import Testing

@Suite struct SessionTests {
  /// Two convolutions on images of any size, and a value beside them.
  private var model: Model {
    Model(
      graph: Graph(
        name: "two",
        nodes: [
          Node("Conv", name: "first", inputs: ["x", "w1"], outputs: ["a"], attributes: [Attribute("pads", .ints([1, 1, 1, 1]))]),
          Node("Relu", name: "relu", inputs: ["a"], outputs: ["r"]),
          Node("Unknown", name: "odd", domain: "elsewhere", inputs: ["r"], outputs: ["o"]),
          Node("Conv", name: "second", inputs: ["r", "w2"], outputs: ["y"]),
        ],
        initializers: [Initializer("w1", noise([7, 3, 3, 3], seed: 1)), Initializer("w2", noise([4, 7, 1, 1], seed: 2))],
        inputs: [ValueInfo("x", .tensor(.float, [.symbolic("N"), .fixed(3), .symbolic("H"), .symbolic("W")]))],
        outputs: [ValueInfo("y", .tensor(.float, nil))]))
  }

  @Test func otherShapesArePlannedWhenTheyCome() throws {
    let session = try Session(model)
    for shape in [[1, 3, 8, 8], [2, 3, 5, 11], [1, 3, 8, 8], [1, 3, 1, 1]] {
      let x = noise(shape, seed: 7)
      let y = try #require(try session.run(["x": x])["y"])
      #expect(y.shape == [shape[0], 4, shape[2], shape[3]])
      var known = model
      known.graph.nodes.removeAll { $0.opType == "Unknown" }
      let wanted = try #require(try Interpreter(known).run(["x": x])["y"])
      #expect(relativeDifference(y, wanted) < 3e-6)
    }
  }

  @Test func innerValuesCanBeFetchedAndOnlyTheirNodesRun() throws {
    let session = try Session(model, outputs: ["r"])
    let results = try session.run(["x": noise([1, 3, 4, 4], seed: 1)])
    #expect(results.keys.sorted() == ["r"])
    #expect(results["r"]?.shape == [1, 7, 4, 4])
    #expect(try Session(model, outputs: ["x"]).run(["x": noise([1, 3, 2, 2], seed: 1)])["x"] == noise([1, 3, 2, 2], seed: 1))
    #expect(try Session(model, outputs: ["w2"]).run(["x": noise([1, 3, 2, 2], seed: 1)])["w2"] == noise([4, 7, 1, 1], seed: 2))
  }

  @Test func anUnknownOperatorIsNamed() throws {
    let error = #expect(throws: EngineError.self) { try Session(model, shapes: ["x": [1, 3, 4, 4]], outputs: ["o"]) }
    #expect(error?.code == .unsupported)
    #expect(error?.node == "odd")
    #expect(error?.message.contains("elsewhere") == true)
  }

  @Test func wrongInputsAreNamed() throws {
    let session = try Session(model)
    let wrong: [[String: Tensor]] = [
      [:], ["x": noise([1, 2, 4, 4], seed: 1)], ["x": noise([3, 4, 4], seed: 1)], ["x": Tensor(scalar: Int64(1))],
      ["x": noise([1, 3, 4, 4], seed: 1), "z": noise([1], seed: 1)],
    ]
    for inputs in wrong {
      let error = #expect(throws: EngineError.self) { try session.run(inputs) }
      #expect(error?.code == .input)
    }
    #expect(throws: EngineError.self) { try Session(model, shapes: ["z": [1]]) }
    #expect(throws: EngineError.self) { try Session(model, outputs: ["nothing"]).run(["x": noise([1, 3, 4, 4], seed: 1)]) }
  }

  @Test func anEmptyBatchComesOutEmpty() throws {
    let y = try Session(model).run(["x": Tensor([Float](), shape: [0, 3, 4, 4])])["y"]
    #expect(y?.shape == [0, 4, 4, 4])
  }

  @Test func severalThreadsMayRunOneSession() async throws {
    let session = try Session(model, options: EngineOptions(threads: 3))
    let inputs = (0..<6).map { noise([1, 3, 20 + $0 % 3, 33], seed: UInt64($0)) }
    let wanted = try inputs.map { try session.run(["x": $0]) }
    try await withThrowingTaskGroup(of: Bool.self) { group in
      for round in 0..<24 {
        group.addTask { try session.run(["x": inputs[round % 6]]) == wanted[round % 6] }
      }
      for try await same in group { #expect(same) }
    }
  }

  @Test func aFedInitializerReplacesItsValue() throws {
    var open = model
    open.graph.inputs.append(ValueInfo("w2", .tensor(.float, nil)))
    let session = try Session(open)
    let x = noise([1, 3, 4, 4], seed: 1)
    let zero = try session.run(["x": x, "w2": Tensor([Float](repeating: 0, count: 28), shape: [4, 7, 1, 1])])["y"]
    #expect(zero?.floats()?.allSatisfy { $0 == 0 } == true)
    #expect(try session.run(["x": x])["y"] != zero)
  }
}

@Suite struct ArenaLayoutTests {
  @Test(arguments: 0..<20)
  func buffersThatLiveTogetherDoNotOverlap(seed: Int) {
    var noise = Noise(seed: UInt64(seed))
    let buffers = (0..<40).map { _ in
      let first = Int(abs(noise.next()) * 30)
      return ArenaLayout.Buffer(size: 1 + Int(abs(noise.next()) * 1000), first: first, last: first + Int(abs(noise.next()) * 8))
    }
    let layout = ArenaLayout(buffers)
    for i in buffers.indices {
      #expect(layout.offsets[i] % 16 == 0 && layout.offsets[i] + buffers[i].size <= layout.size)
      for j in buffers.indices where j > i && buffers[i].first <= buffers[j].last && buffers[j].first <= buffers[i].last {
        #expect(layout.offsets[i] + buffers[i].size <= layout.offsets[j] || layout.offsets[j] + buffers[j].size <= layout.offsets[i])
      }
    }
    // Never more than all of them side by side, never less than those of one moment.
    let most = (0..<40).map { step in buffers.filter { $0.first <= step && $0.last >= step }.reduce(0) { $0 + $1.size } }.max() ?? 0
    #expect(layout.size >= most && layout.size <= buffers.reduce(0) { $0 + $1.size + 15 })
  }
}

@Suite struct ThreadPoolTests {
  @Test(arguments: [1, 2, 4, 7])
  func everyIndexIsTakenOnce(threads: Int) {
    let pool = ThreadPool.shared(threads: threads)
    for count in [0, 1, 2, 3, 100, 1000] {
      let counts = UnsafeMutablePointer<Int>.allocate(capacity: count + 1)
      counts.initialize(repeating: 0, count: count + 1)
      defer { counts.deallocate() }
      for _ in 0..<20 { pool.run(count) { index, _ in counts[index] += 1 } }
      for index in 0..<count { #expect(counts[index] == 20) }
    }
  }

  @Test func aCallFromInsideACallIsDone() {
    let pool = ThreadPool.shared(threads: 3)
    let sums = UnsafeMutablePointer<Int>.allocate(capacity: 8)
    sums.initialize(repeating: 0, count: 8)
    defer { sums.deallocate() }
    pool.run(8) { outer, _ in pool.run(10) { inner, _ in sums[outer] += inner } }
    for outer in 0..<8 { #expect(sums[outer] == 45) }
  }
}
