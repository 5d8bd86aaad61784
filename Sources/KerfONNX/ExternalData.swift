import Foundation
import KerfGraph

/// The files beside a model that hold tensors' elements.
///
/// Only files inside the model's folder are opened, whatever path or link the model gives.
final class ExternalData {
  /// The model's folder or file, or `nil` where the model is not from a file: it can then have no external data.
  private let place: (path: String, isFile: Bool)?
  /// Whether a tensor asked for bytes.
  private(set) var isUsed = false

  init(directory: String?) { place = directory.map { ($0, false) } }

  init(beside model: String) { place = (model, true) }

  /// The bytes that `location`, `offset` and `length` of a tensor name.
  ///
  /// - Parameter count: bytes that the tensor's shape and type need, or `nil` where the type's packing is not known.
  /// - Throws: `ONNXError.externalData` where the file is missing, outside the folder, too short or not as long as needed.
  func bytes(of entries: [StringStringEntryProto], count: Int?, label: String) throws(ONNXError) -> Data {
    isUsed = true
    func fail(_ message: String) -> ONNXError { ONNXError(.externalData, node: label, message) }
    let fields = Dictionary(entries.map { ($0.key, $0.value) }, uniquingKeysWith: { first, _ in first })
    guard let location = fields["location"], !location.isEmpty else { throw fail("external data without a location") }
    guard let place else { throw fail("external data '\(location)' of a model that is not in a folder") }

    let parts = location.split(separator: "/", omittingEmptySubsequences: false)
    if location.hasPrefix("/") || parts.contains("..") || location.contains("\0") {
      throw fail("external data '\(location)' is outside the model's folder")
    }
    let start = URL(fileURLWithPath: place.path)
    let folder = (place.isFile ? start.deletingLastPathComponent() : start).resolvingSymlinksInPath()
    let url = folder.appendingPathComponent(location).resolvingSymlinksInPath()
    if !url.path.hasPrefix(folder.path == "/" ? "/" : folder.path + "/") {
      throw fail("external data '\(location)' leads outside the model's folder")
    }
    guard let about = try? FileManager.default.attributesOfItem(atPath: url.path), about[.type] as? FileAttributeType == .typeRegular,
      let size = (about[.size] as? NSNumber)?.intValue
    else { throw fail("external data '\(location)' is missing or no plain file") }

    func number(_ key: String) throws(ONNXError) -> Int? {
      guard let text = fields[key] else { return nil }
      guard let value = Int(text), value >= 0 else { throw fail("\(key) '\(text)' of external data '\(location)' is no number ≥ 0") }
      return value
    }
    let offset = try number("offset") ?? 0
    if offset > size { throw fail("offset \(offset) is beyond the \(size) bytes of external data '\(location)'") }
    let length = try number("length") ?? count ?? (size - offset)
    if let count, length != count { throw fail("external data '\(location)' has length \(length), the tensor takes \(count) bytes") }
    if length > size - offset {
      throw fail("external data '\(location)' has \(size - offset) bytes from offset \(offset), the tensor takes \(length)")
    }
    if length == 0 { return Data() }
    do {
      let handle = try FileHandle(forReadingFrom: url)
      defer { try? handle.close() }
      try handle.seek(toOffset: UInt64(offset))
      guard let data = try handle.read(upToCount: length), data.count == length else {
        throw fail("external data '\(location)' ended early")
      }
      return data
    } catch let error as ONNXError {
      throw error
    } catch {
      throw fail("external data '\(location)' cannot be read: \(error.localizedDescription)")
    }
  }
}
