import Foundation
import KerfGraph
import KerfONNX
import Testing

/// Files whose tensors stay on disk until they are asked for, against the decoding of all bytes at once.
@Suite struct LazyReadTests {
  private let folder: URL

  init() throws {
    folder = FileManager.default.temporaryDirectory.appendingPathComponent("kerf-lazy-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  private func file(_ bytes: [UInt8]) throws -> ReadOnlyFile {
    let path = folder.appendingPathComponent("model.onnx").path
    try Data(bytes).write(to: URL(fileURLWithPath: path))
    return try ReadOnlyFile(path)
  }

  private func lazily(_ bytes: [UInt8]) throws -> Result<Model, ONNXError> {
    defer { try? FileManager.default.removeItem(at: folder.appendingPathComponent("model.onnx")) }
    let file = try file(bytes)
    do { return .success(try ONNXFile.readLazily(file, checkingWeights: true, leaving: 1).model) } catch {
      var error = error
      error.file = nil
      return .failure(error)
    }
  }

  private func atOnce(_ bytes: [UInt8]) -> Result<Model, ONNXError> {
    do { return .success(try ONNXFile.decode(bytes)) } catch { return .failure(error) }
  }

  @Test func tensorsLeftInTheFileAreThoseOfTheWholeDecoding() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    var generator = GraphGenerator(random: Generator(seed: 77))
    let models = SampleModels.all.map(\.model) + (0..<60).map { _ in generator.model() }
    for model in models {
      let bytes = try ONNXFile.encode(model)
      // Compared as they are written: NaN is not equal to itself.
      let read = try ONNXFile.encode(lazily(bytes).get())
      let same = try read == ONNXFile.encode(atOnce(bytes).get())
      #expect(same, "\(model.graph.name)")
    }
  }

  @Test func aModelOfTensorsInTheFileIsWrittenAsItWasRead() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    for (name, model) in SampleModels.all {
      let bytes = try ONNXFile.encode(model)
      let file = try file(bytes)
      let same = try ONNXFile.encode(ONNXFile.readLazily(file, checkingWeights: false, leaving: 1).model) == bytes
      #expect(same, "\(name)")
    }
  }

  @Test func damagedFilesAreReadOrRefusedAlikeBothWays() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let seeds = try SampleModels.all.map { try ONNXFile.encode($0.model) }
    var (read, refused) = (0, 0)
    for index in 0..<800 {
      var mutator = Mutator(random: Generator(seed: 99 &+ UInt64(index) &* 0x1357_9bdf))
      let (a, b) = (mutator.random.below(seeds.count), mutator.random.below(seeds.count))
      let bytes = mutator.mutate(seeds[a], with: seeds[b])
      let (mine, whole) = (try lazily(bytes), atOnce(bytes))
      switch (mine, whole) {
      case (.success(let mine), .success(let whole)):
        read += 1
        // Damage may make weights of NaN in tensors that nobody checks: compared as they are written.
        let same = try ONNXFile.encode(mine) == ONNXFile.encode(whole)
        #expect(same, "file \(index)")
      case (.failure(let mine), .failure(let whole)):
        refused += 1
        #expect(mine == whole, "file \(index)")
      case (.failure(let mine), .success): Issue.record("file \(index): only in pieces \(mine)")
      case (.success, .failure(let whole)): Issue.record("file \(index): only at once \(whole)")
      }
    }
    #expect(read > 20 && refused > 100)
  }

  @Test func aFileCutMeanwhileGivesNoElementsAndSaysThatItChanged() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let weights = (0..<4096).map { Float($0) }
    let model = Model(
      graph: Graph(initializers: [Initializer("w", Tensor(weights, shape: [4096]))], outputs: [ValueInfo("w", .tensor(.float, nil))]))
    let file = try file(ONNXFile.encode(model))
    let tensor = try #require(try ONNXFile.readLazily(file, checkingWeights: true).model.graph.initializers.first?.tensor)
    #expect(tensor.floats() == weights && file.isUnchanged)
    try FileHandle(forWritingTo: URL(fileURLWithPath: file.path)).truncate(atOffset: 1000)
    #expect(tensor.floats() == nil && tensor.type == .float && tensor.count == 4096 && !file.isUnchanged)
  }

  @Test func aWeightInTheFileThatIsNotFiniteIsNamed() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    var weights = [Float](repeating: 1, count: 3 * 3 * 512)
    weights[4000] = .infinity
    let model = Model(
      graph: Graph(
        nodes: [Node("Conv", name: "c", inputs: ["x", "w"], outputs: ["y"])],
        initializers: [Initializer("w", Tensor(weights, shape: [512, 1, 3, 3]))],
        inputs: [ValueInfo("x", .tensor(.float, nil))], outputs: [ValueInfo("y", .tensor(.float, nil))]))
    let file = try file(ONNXFile.encode(model))
    let error = #expect(throws: ONNXError.self) { try ONNXFile.readLazily(file, checkingWeights: true) }
    #expect(error?.message.contains("4000") == true && error?.file == file.path)
    #expect(try ONNXFile.readLazily(file, checkingWeights: false).isWhole)
  }

  @Test func aFolderAndAPipeAreNoFiles() throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    #expect(throws: ReadOnlyFile.Problem.notPlain) { try ReadOnlyFile(folder.path) }
    #expect(throws: ReadOnlyFile.Problem.missing) { try ReadOnlyFile(folder.path + "/none") }
    let pipe = folder.path + "/pipe"
    mkfifo(pipe, 0o600)
    #expect(throws: ReadOnlyFile.Problem.notPlain) { try ReadOnlyFile(pipe) }
  }
}
