import Foundation
import Synchronization

/// One line on standard error that says how far long work is and how long it will still take; silent where nobody watches.
///
/// The remaining time is `elapsed · (total − done) / done`. Safe to update from any thread.
public final class ProgressLine: Sendable {
  private struct State {
    var label: String
    var total: Int
    var completed = 0
    var begun: ContinuousClock.Instant
    var shown: ContinuousClock.Instant?
  }

  private let state: Mutex<State>
  private let terminal: Terminal
  private let write: @Sendable (String) -> Void
  private let now: @Sendable () -> ContinuousClock.Instant

  /// The least time between two changes of the line.
  static let interval = Duration.milliseconds(100)

  /// - Parameters:
  ///   - label: what is being done, `"calibrating"`.
  ///   - total: how many steps there are; 0 where it is not known.
  ///   - terminal: where the line would stand; only an interactive one is written to.
  ///   - now: the clock.
  ///   - write: takes the text, standard error unless said otherwise.
  public init(
    _ label: String, total: Int, terminal: Terminal = .standardError, now: @escaping @Sendable () -> ContinuousClock.Instant = { .now },
    write: @escaping @Sendable (String) -> Void = { FileHandle.standardError.write(Data($0.utf8)) }
  ) {
    state = Mutex(State(label: label, total: total, begun: now()))
    self.terminal = terminal
    self.write = write
    self.now = now
  }

  /// Says that `completed` steps are done.
  public func update(completed: Int, detail: String = "") {
    guard terminal.isInteractive else { return }
    let instant = now()
    let line: String? = state.withLock { state in
      state.completed = completed
      if let shown = state.shown, instant - shown < Self.interval, completed < state.total { return nil }
      state.shown = instant
      return Self.line(
        label: state.label, completed: completed, total: state.total, elapsed: (instant - state.begun) / .seconds(1), detail: detail)
    }
    if let line { show(line) }
  }

  /// Says that one more step is done.
  public func advance(detail: String = "") {
    update(completed: state.withLock { $0.completed + 1 }, detail: detail)
  }

  /// Begins the next piece of work on the same line.
  public func begin(_ label: String, total: Int) {
    let instant = now()
    state.withLock { $0 = State(label: label, total: total, begun: instant) }
    update(completed: 0)
  }

  /// Takes the line away.
  public func finish() {
    guard terminal.isInteractive else { return }
    if state.withLock({ $0.shown != nil }) { write("\r\u{1B}[K") }
  }

  /// The line's text: `"calibrating  3/10  30 %  elapsed 3.0 s, 7.0 s left  conv2"`.
  public static func line(label: String, completed: Int, total: Int, elapsed: Double, detail: String = "") -> String {
    var parts = [label]
    if total > 0 {
      parts += ["\(completed)/\(total)", "\(min(100, 100 * completed / total)) %"]
      let spent = NumberText.duration(seconds: elapsed)
      if completed > 0, completed < total {
        let remaining = elapsed * Double(total - completed) / Double(completed)
        parts.append("\(spent), \(NumberText.duration(seconds: remaining)) left")
      } else {
        parts.append(spent)
      }
    } else {
      parts += ["\(completed)", NumberText.duration(seconds: elapsed)]
    }
    if !detail.isEmpty { parts.append(detail) }
    return TextWidth.printable(parts.joined(separator: "  "))
  }

  private func show(_ line: String) {
    write("\r" + TextWidth.truncated(line, to: (terminal.width ?? 80) - 1) + "\u{1B}[K")
  }
}
