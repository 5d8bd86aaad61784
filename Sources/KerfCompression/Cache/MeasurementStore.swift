import Foundation
import KerfEngine

/// What runs have measured, kept on disk by content hash: a second run with another budget takes seconds, an interrupted one resumes.
///
/// One JSON file a key. A key states everything that the value depends on (model, layer, form, rank, data, machine, version), so
/// entries never go stale; deleting the folder costs only time.
public struct MeasurementStore: Sendable {
  /// `nil` keeps nothing.
  public let folder: URL?

  public init(folder: URL?) { self.folder = folder }

  /// `$KERF_CACHE`, else `$XDG_CACHE_HOME/kerf`, else `~/.cache/kerf`.
  public static func standard(_ environment: [String: String] = ProcessInfo.processInfo.environment) -> MeasurementStore {
    let home = FileManager.default.homeDirectoryForCurrentUser
    let folder = CacheFolder.standard { environment[$0] } ?? CacheFolder(home.appendingPathComponent(".cache/kerf").path)
    return MeasurementStore(folder: URL(fileURLWithPath: folder.path))
  }

  /// The value kept under a key, or `nil`; an unreadable entry counts as absent.
  public func value<Value: Decodable>(_ type: Value.Type, for key: [String]) -> Value? {
    guard let file = file(for: key), let data = try? Data(contentsOf: file) else { return nil }
    return try? JSONDecoder().decode(type, from: data)
  }

  /// Keeps a value. A folder that cannot be written only means that the next run measures again.
  public func keep<Value: Encodable>(_ value: Value, for key: [String]) {
    guard let file = file(for: key), let data = try? JSONEncoder().encode(value) else { return }
    try? FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try? data.write(to: file, options: .atomic)
  }

  /// The value kept under a key, else what `make` gives, which is kept.
  public func value<Value: Codable>(for key: [String], make: () throws -> Value) rethrows -> Value {
    if let kept = value(Value.self, for: key) { return kept }
    let made = try make()
    keep(made, for: key)
    return made
  }

  private func file(for key: [String]) -> URL? {
    guard let folder else { return nil }
    let hash = ContentHash.hexadecimal(of: Array(key.joined(separator: "\u{1f}").utf8))
    return folder.appendingPathComponent(String(hash.prefix(2))).appendingPathComponent(String(hash.dropFirst(2)) + ".json")
  }
}
