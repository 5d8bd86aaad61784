import KerfCompression
import KerfEngine
import KerfGraph
import KerfONNX

extension Session {
  /// A session on an ONNX file.
  ///
  /// The first time, weights are checked and packed as the kernels read them, and kept in the cache folder; afterwards they are mapped from
  /// there and the file's own are not read at all. Replacing the file (writing beside it and renaming) while the session lives does no harm,
  /// writing into it does: planning for a new shape then throws.
  ///
  /// With `options.planning` other than `.estimate` and no wisdom given, what this machine measured before is read from the cache folder, and what
  /// is measured here is added to it.
  /// - Parameters:
  ///   - path: the file.
  ///   - shapes: extents for inputs that the model leaves open; with them everything is ready when `init` returns.
  ///   - outputs: any values of the graph to return instead of its outputs; only what they need is computed.
  ///   - cache: the folder for packed weights; `nil` keeps nothing. One that cannot be written is no error.
  /// - Throws: `ONNXError` for a file that is no valid model, `EngineError` for one that the engine does not run or shapes that do not fit.
  public convenience init(
    contentsOf path: String, shapes: [String: [Int]] = [:], outputs: [String]? = nil, options: EngineOptions = .init(),
    cache: CacheFolder? = .standard()
  ) throws {
    var options = options
    var wisdom: WisdomFile?
    if options.planning != .estimate, options.wisdom == nil, let cache {
      let file = WisdomFile(in: cache)
      (wisdom, options.wisdom) = (file, file.load())
    }
    let file = try ONNXFile.open(path)
    let store = cache.flatMap { PackedStore(file, in: $0, isa: options.instructionSet) }
    let (model, isWhole) = try ONNXFile.readLazily(file, checkingWeights: store?.isFilled != true)
    try self.init(model, shapes: shapes, outputs: outputs, options: options, file: file, store: isWhole ? store : nil)
    if let learned = options.wisdom { wisdom?.save(learned) }
  }
}
