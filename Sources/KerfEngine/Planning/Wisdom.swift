import Synchronization

/// What parts of networks took on this machine, so that planning measures nothing twice.
///
/// A table from a description of work (shapes, instruction set, threads) and of how it ran to milliseconds. As text it is one line an entry, for
/// files that are kept, named, and given to other sessions: a plan made from the same wisdom is the same plan.
public final class Wisdom: Sendable {
  private let table: Mutex<[String: Double]>
  /// Changes since `init`.
  private let additions = Mutex(0)

  /// The processor, Kerf's version, …: wisdom of another machine is not used.
  public let machine: String

  public init(machine: String) {
    self.machine = machine
    table = Mutex([:])
  }

  /// - Parameter text: as `text` gives it; lines that are none of ours are left out.
  /// - Returns: `nil` where the text stems from another machine or version.
  public init?(_ text: String, machine: String) {
    let lines = text.split(separator: "\n")
    guard lines.first.map(String.init) == Self.header + machine else { return nil }
    self.machine = machine
    var entries: [String: Double] = [:]
    for line in lines.dropFirst() {
      let parts = line.split(separator: "\t")
      if parts.count == 2, let value = Double(parts[1]), value > 0, value.isFinite { entries[String(parts[0])] = value }
    }
    table = Mutex(entries)
  }

  public var text: String {
    let lines = table.withLock { $0 }.sorted { $0.key < $1.key }.map { "\($0.key)\t\($0.value)" }
    return ([Self.header + machine] + lines).joined(separator: "\n") + "\n"
  }

  /// Whether anything was learned since it was made.
  public var isNew: Bool { additions.withLock { $0 > 0 } }

  /// Takes what another knows; the lesser of two times stands.
  public func merge(_ other: Wisdom) {
    guard other.machine == machine else { return }
    let theirs = other.table.withLock { $0 }
    table.withLock { $0.merge(theirs) { min($0, $1) } }
  }

  private static let header = "kerf wisdom 1: "

  package subscript(key: String) -> Double? { table.withLock { $0[key] } }

  package func keep(_ milliseconds: Double, for key: String) {
    table.withLock { $0[key] = milliseconds }
    additions.withLock { $0 += 1 }
  }

  /// Entries whose key begins so.
  package func entries(prefix: String) -> [(key: String, milliseconds: Double)] {
    table.withLock { $0 }.filter { $0.key.hasPrefix(prefix) }.sorted { $0.value < $1.value }.map { ($0.key, $0.value) }
  }
}
