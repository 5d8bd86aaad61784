import Foundation
import KerfGraph
internal import SwiftProtobuf

/// Reads and writes ONNX files.
///
/// Everything a valid file says comes out again when its model is written: what Kerf's values do not hold is in their `extra`. Elements of
/// tensors are written as `raw_data`, whatever field they came in.
public enum ONNXFile {
  /// Bytes of tensors beyond which they go to a file beside the model (protobuf messages end at 2 GB).
  static let inlineLimit = 1_900_000_000
  /// Bytes of a tensor from which on they are left in the file until somebody asks for them.
  package static let lazyLimit = 8192

  /// Reads a model and checks it: structure, extents against elements, finite weights; nodes come in topological order.
  /// - Throws: `ONNXError` with file, node and reason.
  public static func read(_ path: String) throws(ONNXError) -> Model {
    do {
      var model = try decode(open(path), leaving: lazyLimit).model
      for i in model.graph.initializers.indices { model.graph.initializers[i].tensor = model.graph.initializers[i].tensor.inMemory }
      try check(&model)
      return model
    } catch {
      var error = error
      error.file = path
      throw error
    }
  }

  /// Reads a model whose large weights stay in the file: each is read when somebody asks for its elements, and held by nobody.
  /// - Parameters:
  ///   - checkingWeights: whether weights are read once to see that they are finite, as `read` does.
  ///   - least: bytes of a tensor from which on it stays in the file.
  /// - Returns: the model, and whether `file` is all of it (else it has external data).
  /// - Throws: as `read`.
  package static func readLazily(_ file: ReadOnlyFile, checkingWeights: Bool, leaving least: Int = lazyLimit) throws(ONNXError)
    -> (model: Model, isWhole: Bool)
  {
    do {
      var (model, isWhole) = try decode(file, leaving: least)
      try check(&model, weights: checkingWeights || !isWhole)
      return (model, isWhole)
    } catch {
      var error = error
      error.file = file.path
      throw error
    }
  }

  /// Opens a model's file.
  package static func open(_ path: String) throws(ONNXError) -> ReadOnlyFile {
    do { return try ReadOnlyFile(path) } catch {
      switch error {
      case .missing: throw ONNXError(.file, file: path, "the file does not exist or may not be read")
      case .notPlain: throw ONNXError(.file, file: path, "no plain file")
      }
    }
  }

  private static func decode(_ file: ReadOnlyFile, leaving least: Int) throws(ONNXError) -> (model: Model, isWhole: Bool) {
    let decoder = Decoder(files: ExternalData(beside: file.path))
    if let skeleton = Skeleton(file, least: least) {
      let model = try decoder.model(skeleton.bytes, elements: FileRegions(file: file, regions: skeleton.regions))
      return (model, !decoder.files.isUsed)
    }
    guard let bytes = file.elements(UInt8.self, at: 0, count: file.size) else {
      throw ONNXError(.file, "cannot be read: it ended before its \(file.size) bytes")
    }
    return (try decoder.model(bytes), !decoder.files.isUsed)
  }

  private static func check(_ model: inout Model, weights: Bool = true) throws(ONNXError) {
    do { try model.checkAndSort(weights: weights) } catch { throw ONNXError(error) }
  }

  /// Decodes a model's bytes and checks it as `read` does.
  /// - Parameter directory: the folder that external data is in, or `nil` where there is none.
  public static func decode(_ bytes: [UInt8], directory: String? = nil) throws(ONNXError) -> Model {
    var model = try Decoder(files: ExternalData(directory: directory)).model(bytes)
    try check(&model)
    return model
  }

  /// The bytes of a model file, all tensors inside.
  /// - Throws: `ONNXError.size` above protobuf's 2 GB.
  public static func encode(_ model: Model) throws(ONNXError) -> [UInt8] { try serialize(Encoder().model(model)) }

  /// Writes a model file; an existing file is replaced whole or not at all.
  ///
  /// A model of more than 1.9 GB keeps its large tensors in `<name>.data` beside it.
  public static func write(_ model: Model, to path: String) throws(ONNXError) {
    try write(model, to: path, inlineLimit: inlineLimit)
  }

  package static func write(_ model: Model, to path: String, inlineLimit: Int) throws(ONNXError) {
    let url = URL(fileURLWithPath: path)
    let total = model.graph.initializers.reduce(0) { $0 + $1.tensor.count * ($1.tensor.type.byteCount ?? 1) }
    do {
      if total <= inlineLimit {
        try Data(encode(model)).write(to: url, options: .atomic)
        return
      }
      let side = try SideFile(beside: url)
      let bytes: [UInt8]
      do {
        bytes = try serialize(Encoder(store: { side.append($0) }).model(model))
        try side.finish()
      } catch {
        side.discard()
        throw error
      }
      try Data(bytes).write(to: url, options: .atomic)
    } catch let error as ONNXError {
      var error = error
      error.file = path
      throw error
    } catch {
      throw ONNXError(.file, file: path, "cannot be written: \(error.localizedDescription)")
    }
  }

  private static func serialize(_ proto: ModelProto) throws(ONNXError) -> [UInt8] {
    do {
      return try proto.serializedBytes()
    } catch {
      throw ONNXError(.size, "the model cannot be encoded (protobuf files end at 2 GB): \(error)")
    }
  }
}
