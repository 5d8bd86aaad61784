import Foundation
import Kerf
import Testing

@Suite struct SessionFileTests {
  private let folder: URL
  private var path: String { folder.appendingPathComponent("net.onnx").path }
  private var cache: CacheFolder { CacheFolder(folder.path + "/cache") }

  init() throws {
    folder = FileManager.default.temporaryDirectory.appendingPathComponent("kerf-session-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try ONNXFile.write(SmallNet.model(seed: 1), to: path)
  }

  private func session(_ cache: CacheFolder?, shapes: [String: [Int]] = SmallNet.shapes) throws -> Session {
    try Session(contentsOf: path, shapes: shapes, options: EngineOptions(threads: 2), cache: cache)
  }

  private var packed: [URL] {
    let folder = folder.appendingPathComponent("cache/packed")
    return (try? FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)) ?? []
  }

  @Test func aFilesSessionGivesTheModelsResultsColdWarmAndWithoutACache() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let wanted = try Session(ONNXFile.read(path), options: EngineOptions(threads: 2)).run(["x": SmallNet.input])
    for cache in [nil, cache, cache, cache] { #expect(try session(cache).run(["x": SmallNet.input]) == wanted) }
    #expect(packed.count == 1)
  }

  @Test func aWarmStartReadsNoWeightOfTheModel() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let wanted = try session(cache).run(["x": SmallNet.input])
    let file = try ONNXFile.open(path)
    let store = PackedStore(file, in: cache, isa: .best)
    let model = try ONNXFile.readLazily(file, checkingWeights: false, leaving: 1024).model
    // From here on nobody can read a weight from the model.
    try FileHandle(forWritingTo: URL(fileURLWithPath: path)).truncate(atOffset: 0)
    #expect(model.graph.initializers[0].tensor.floats() == nil)
    let warm = try Session(
      model, shapes: SmallNet.shapes, outputs: nil, options: EngineOptions(threads: 2), file: nil, store: store)
    #expect(try warm.run(["x": SmallNet.input]) == wanted)
  }

  @Test func aWarmStartReadsNoLevelOfAQuantizedModel() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    try ONNXFile.write(SmallNet.quantized, to: path)
    let wanted = try session(cache).run(["x": SmallNet.input])
    #expect(try session(nil).run(["x": SmallNet.input]) == wanted)
    let file = try ONNXFile.open(path)
    let store = PackedStore(file, in: cache, isa: .best)
    let model = try ONNXFile.readLazily(file, checkingWeights: false, leaving: 1024).model
    // From here on nobody can read a level from the model, packed or to sum it up.
    try FileHandle(forWritingTo: URL(fileURLWithPath: path)).truncate(atOffset: 0)
    #expect(model.graph.initializers.contains { $0.tensor.type == .int8 && $0.tensor.integers() == nil })
    let warm = try Session(
      model, shapes: SmallNet.shapes, outputs: nil, options: EngineOptions(threads: 2), file: nil, store: store)
    #expect(try warm.run(["x": SmallNet.input]) == wanted)
  }

  @Test func aDamagedCacheChangesNothing() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let wanted = try session(cache).run(["x": SmallNet.input])
    let file = try #require(packed.first)
    let whole = try Data(contentsOf: file)
    for at in stride(from: 0, to: whole.count, by: whole.count / 40) {
      var damaged = whole
      damaged[at] ^= 0xff
      try damaged.write(to: file)
      #expect(try session(cache).run(["x": SmallNet.input]) == wanted, "byte \(at)")
    }
  }

  @Test func anotherModelUnderTheSamePathIsSeen() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let first = try session(cache)
    let before = try first.run(["x": SmallNet.input])
    try ONNXFile.write(SmallNet.model(seed: 2), to: path)
    let second = try session(cache).run(["x": SmallNet.input])
    #expect(second != before)
    #expect(second == (try Session(SmallNet.model(seed: 2), options: EngineOptions(threads: 2)).run(["x": SmallNet.input])))
    // The first goes on with the file that was replaced, also for shapes that it has to plan now.
    #expect(try first.run(["x": SmallNet.input]) == before)
    #expect(try first.run(["x": SmallNet.noise([1, 16, 9, 7])])["y"]?.shape == [1, 32, 9, 7])
  }

  @Test func aFileWrittenIntoMeanwhileIsRefusedForNewShapes() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let session = try session(nil)
    let before = try session.run(["x": SmallNet.input])
    try FileHandle(forWritingTo: URL(fileURLWithPath: path)).truncate(atOffset: 100)
    #expect(try session.run(["x": SmallNet.input]) == before)
    let error = #expect(throws: EngineError.self) { try session.run(["x": SmallNet.noise([1, 16, 5, 5])]) }
    #expect(error?.code == .input && error?.message.contains(path) == true)
  }

  @Test func aModelWithExternalDataRunsAndIsNotCached() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    try ONNXFile.write(SmallNet.model(seed: 3), to: path, inlineLimit: 100)
    let wanted = try Session(SmallNet.model(seed: 3), options: EngineOptions(threads: 2)).run(["x": SmallNet.input])
    for _ in 0..<2 { #expect(try session(cache).run(["x": SmallNet.input]) == wanted) }
    #expect(packed.isEmpty)
  }

  @Test func aMissingFileIsNamed() {
    defer { try? FileManager.default.removeItem(at: folder) }
    let error = #expect(throws: ONNXError.self) { try Session(contentsOf: folder.path + "/none.onnx", cache: nil) }
    #expect(error?.file == folder.path + "/none.onnx")
  }

  @Test func sessionsMadeAtOnceShareTheCacheFolder() async throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let wanted = try session(nil).run(["x": SmallNet.input])
    let (path, cache) = (path, cache)
    try await withThrowingTaskGroup(of: Bool.self) { group in
      for _ in 0..<12 {
        group.addTask {
          let session = try Session(contentsOf: path, shapes: SmallNet.shapes, options: EngineOptions(threads: 2), cache: cache)
          return try session.run(["x": SmallNet.input]) == wanted
        }
      }
      for try await same in group { #expect(same) }
    }
    #expect(packed.map(\.pathExtension) == ["weights"])
  }

  @Test func whatPlanningMeasuredIsKeptInTheCacheFolder() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    var options = EngineOptions(threads: 1)
    options.planning = .measure
    let first = try Session(contentsOf: path, shapes: SmallNet.shapes, options: options, cache: cache)
    let wisdom = folder.appendingPathComponent("cache/wisdom.txt")
    let learned = try String(contentsOf: wisdom, encoding: .utf8)
    let second = try Session(contentsOf: path, shapes: SmallNet.shapes, options: options, cache: cache)
    // Nothing was left to measure, and the plan is the same to the bit.
    #expect(try String(contentsOf: wisdom, encoding: .utf8) == learned)
    #expect(try first.run(["x": SmallNet.input]) == second.run(["x": SmallNet.input]))
  }

  @Test func shapesThatComeLaterAreAddedToTheCache() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let one = try session(cache, shapes: [:])
    #expect(packed.isEmpty)
    let wanted = try one.run(["x": SmallNet.input])
    let other = SmallNet.noise([1, 16, 1, 40])
    let alsoWanted = try one.run(["x": other])
    let two = try session(cache)
    #expect(try two.run(["x": other]) == alsoWanted && two.run(["x": SmallNet.input]) == wanted)
    #expect(packed.count == 1)
  }
}

/// A network with every kind of packed weights: dense, depthwise, narrow, matrix product, scaled by a normalization.
enum SmallNet {
  static let shapes = ["x": [1, 16, 12, 11]]
  static let input = noise([1, 16, 12, 11])

  static func noise(_ shape: [Int], seed: UInt64 = 5) -> Tensor {
    var state = seed
    return Tensor(
      (0..<shape.reduce(1, *)).map { _ in
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Float(Int32(truncatingIfNeeded: state >> 33)) * 0x1p-31
      }, shape: shape)
  }

  /// Two convolutions and a matrix product on levels with zero points, padded.
  static var quantized: Model {
    var nodes: [Node] = []
    var constants: [Initializer] = []
    func requantized(_ name: String, zero: UInt8) -> String {
      constants.append(Initializer("\(name)_s", Tensor([0.0117], shape: [])))
      constants.append(Initializer("\(name)_z", Tensor(shape: [], storage: .uint8([zero]))))
      nodes.append(Node("QuantizeLinear", inputs: [name, "\(name)_s", "\(name)_z"], outputs: ["\(name)_q"]))
      nodes.append(Node("DequantizeLinear", inputs: ["\(name)_q", "\(name)_s", "\(name)_z"], outputs: ["\(name)_d"]))
      return "\(name)_d"
    }
    func weights(_ name: String, _ shape: [Int], axis: Int) -> String {
      let scales = (0..<shape[axis]).map { 0.002 + 0.0003 * Float($0 % 7) }
      let values = (noise(shape, seed: UInt64(shape.count) * 31).floats() ?? []).map { Int8(($0 * 120).rounded()) }
      constants.append(Initializer("\(name)_s", Tensor(scales, shape: [shape[axis]])))
      constants.append(Initializer("\(name)_q", Tensor(shape: shape, storage: .int8(values))))
      nodes.append(
        Node("DequantizeLinear", inputs: ["\(name)_q", "\(name)_s"], outputs: [name], attributes: [Attribute("axis", .int(Int64(axis)))]))
      return name
    }
    let pads = Attribute("pads", .ints([1, 1, 1, 1]))
    nodes.append(
      Node("Conv", inputs: [requantized("x", zero: 117), weights("w1", [32, 16, 3, 3], axis: 0)], outputs: ["a"], attributes: [pads]))
    nodes.append(
      Node("Conv", inputs: [requantized("a", zero: 131), weights("w2", [32, 32, 3, 3], axis: 0)], outputs: ["y"], attributes: [pads]))
    nodes.append(Node("GlobalAveragePool", inputs: [requantized("y", zero: 93)], outputs: ["g"]))
    nodes.append(Node("Flatten", inputs: ["g"], outputs: ["f"]))
    nodes.append(Node("MatMul", inputs: [requantized("f", zero: 12), weights("w3", [32, 100], axis: 1)], outputs: ["z"]))
    return Model(
      graph: Graph(
        name: "levels", nodes: nodes, initializers: constants,
        inputs: [ValueInfo("x", .tensor(.float, [1, 16, 12, 11].map { .fixed($0) }))],
        outputs: [ValueInfo("y", .tensor(.float, nil)), ValueInfo("z", .tensor(.float, nil))]))
  }

  static func model(seed: UInt64) -> Model {
    func weight(_ name: String, _ shape: [Int], _ offset: UInt64) -> Initializer {
      Initializer(name, noise(shape, seed: seed &* 100 &+ offset))
    }
    let pads = Attribute("pads", .ints([1, 1, 1, 1]))
    return Model(
      graph: Graph(
        name: "small",
        nodes: [
          Node("Conv", name: "dense", inputs: ["x", "w1"], outputs: ["a"], attributes: [pads]),
          Node("BatchNormalization", inputs: ["a", "s", "b", "m", "v"], outputs: ["n"]),
          Node("Relu", inputs: ["n"], outputs: ["r"]),
          Node("Conv", name: "depthwise", inputs: ["r", "w2"], outputs: ["d"], attributes: [pads, Attribute("group", .int(32))]),
          Node("Conv", name: "pointwise", inputs: ["d", "w3"], outputs: ["p"]),
          Node("Conv", name: "narrow", inputs: ["p", "w4"], outputs: ["q"], attributes: [pads]),
          Node("Add", inputs: ["p", "q"], outputs: ["y"]),
          Node("GlobalAveragePool", inputs: ["y"], outputs: ["g"]),
          Node("Flatten", inputs: ["g"], outputs: ["f"]),
          Node("Gemm", inputs: ["f", "w5"], outputs: ["z"], attributes: [Attribute("alpha", .float(0.5))]),
        ],
        initializers: [
          weight("w1", [32, 16, 3, 3], 1), weight("w2", [32, 1, 3, 3], 2), weight("w3", [32, 32, 1, 1], 3), weight("w4", [1, 32, 3, 3], 4),
          weight("w5", [32, 100], 5), weight("s", [32], 6), weight("b", [32], 7), weight("m", [32], 8),
          Initializer("v", Tensor([Float](repeating: 0.7, count: 32), shape: [32])),
        ],
        inputs: [ValueInfo("x", .tensor(.float, [.symbolic("N"), .fixed(16), .symbolic("H"), .symbolic("W")]))],
        outputs: [ValueInfo("y", .tensor(.float, nil)), ValueInfo("z", .tensor(.float, nil))]))
  }
}
