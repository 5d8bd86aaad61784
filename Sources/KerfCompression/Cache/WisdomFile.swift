import Foundation
import KerfEngine
import KerfGraph

/// Wisdom in a file: the machine's own in the cache folder, or one that somebody saved under a name.
public struct WisdomFile: Sendable {
  public let file: URL?

  /// The machine's own, in the folder that measurements are kept in.
  public static func standard(_ store: MeasurementStore = .standard()) -> WisdomFile {
    WisdomFile(file: store.folder?.appendingPathComponent("wisdom.txt"))
  }

  public init(file: URL?) { self.file = file }

  /// The machine's own, in another folder.
  public init(in folder: CacheFolder) { file = URL(fileURLWithPath: folder.path).appendingPathComponent("wisdom.txt") }

  /// What the file holds for this machine and version; empty where it holds nothing or stems from another one.
  public func load() -> Wisdom {
    guard let file, let text = try? String(contentsOf: file, encoding: .utf8) else { return Wisdom(machine: Self.machine) }
    return Wisdom(text, machine: Self.machine) ?? Wisdom(machine: Self.machine)
  }

  /// Adds what was learned to what the file holds by now, whole or not at all.
  /// - Returns: whether that could be written; a folder that cannot only means measuring again.
  @discardableResult
  public func save(_ wisdom: Wisdom) -> Bool {
    guard wisdom.isNew, let file else { return true }
    let all = load()
    all.merge(wisdom)
    try? FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    return (try? Data(all.text.utf8).write(to: file, options: .atomic)) != nil
  }

  private static var machine: String { "\(Machine.describe(EngineOptions()).cpu), Kerf \(KerfVersion.current)" }
}
