import KerfEngine
import KerfGraph
import KerfONNX

extension Session {
  /// A session on an ONNX file.
  ///
  /// The first time, weights are checked and packed as the kernels read them, and kept in the cache folder; afterwards they are mapped from
  /// there and the file's own are not read at all. Replacing the file (writing beside it and renaming) while the session lives does no harm,
  /// writing into it does: planning for a new shape then throws.
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
    let file = try ONNXFile.open(path)
    let store = cache.flatMap { PackedStore(file, in: $0, isa: options.instructionSet) }
    let (model, isWhole) = try ONNXFile.readLazily(file, checkingWeights: store?.isFilled != true)
    try self.init(model, shapes: shapes, outputs: outputs, options: options, file: file, store: isWhole ? store : nil)
  }
}
