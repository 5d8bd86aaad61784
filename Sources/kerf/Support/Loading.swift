import Foundation
import KerfCompression
import KerfData
import KerfEngine
import KerfGraph
import KerfONNX

/// A network read from a file, with its functions inlined.
struct LoadedModel {
  let path: String
  let model: Model
  /// Where weights are still read from, and where packed ones are kept.
  private let source: (file: ReadOnlyFile, store: PackedStore?)?

  /// - Parameter passes: names of passes to run on it.
  init(_ path: String, passes: [String] = []) throws {
    self.path = path
    var model = try ONNXFile.read(path)
    try model.run([InlineFunctions.self, SortTopologically.self, UniqueNodeNames.self])
    for name in passes {
      guard let pass = PassRegistry.pass(named: name) else { throw InputError("there is no pass '\(name)'") }
      try model.run([pass], with: PassContext(evaluator: Interpreter.evaluator(opset: model.opset)))
    }
    self.model = model
    source = nil
  }

  /// A network that is only run: its weights stay in the file, or come packed from the cache folder.
  init(_ path: String, toRun options: EngineOptions) throws {
    self.path = path
    let file = try ONNXFile.open(path)
    let store = CacheFolder.standard().flatMap { PackedStore(file, in: $0, isa: options.instructionSet) }
    var (model, isWhole) = try ONNXFile.readLazily(file, checkingWeights: store?.isFilled != true)
    try model.run([InlineFunctions.self, SortTopologically.self])
    self.model = model
    source = (file, isWhole ? store : nil)
  }

  /// A session on the network.
  func session(shapes: [String: [Int]] = [:], options: EngineOptions) throws -> Session {
    try Session(model, shapes: shapes, outputs: nil, options: options, file: source?.file, store: source?.store)
  }

  /// The hash of the file; reads it again, so it is asked for only where it is written down.
  var sha256: String {
    get throws { ContentHash.hexadecimal(of: [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))) }
  }

  /// Input shapes for measuring: those given, else the file's own, with 1 for an open batch.
  func shapes(_ given: [String: [Int]]) throws -> [String: [Int]] {
    var shapes = given
    for input in model.feeds where shapes[input.name] == nil {
      guard case .tensor(_, let stated?) = input.type else {
        throw InputError("\(path): the shape of input '\(input.name)' is not known; give --shape \(input.name)=…")
      }
      var extents: [Int] = []
      for (axis, dimension) in stated.enumerated() {
        guard let extent = dimension.value ?? (axis == 0 ? 1 : nil) else {
          throw InputError("\(path): axis \(axis) of input '\(input.name)' is open; give --shape \(input.name)=…, or a data card")
        }
        extents.append(extent)
      }
      shapes[input.name] = extents
    }
    return shapes
  }
}
