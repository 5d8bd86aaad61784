import Synchronization

/// Stops runs from outside: give one to `Session.run` and call `cancel` from any thread.
///
/// Inside a Swift task none is needed: cancelling the task stops its run as well.
public final class CancellationToken: Sendable {
  private let flag = Atomic<Bool>(false)

  public init() {}

  /// Stops every run that was given this token, now and later.
  public func cancel() { flag.store(true, ordering: .relaxed) }

  public var isCancelled: Bool { flag.load(ordering: .relaxed) }
}

/// What one call looks at to know whether it is still wanted.
package struct Cancellation: Sendable {
  private let token: CancellationToken?
  /// Set by the calling thread, which alone sees its task, for the threads that work for it.
  private let noticed = CancellationToken()

  package init(_ token: CancellationToken? = nil) { self.token = token }

  package var isCancelled: Bool {
    if token?.isCancelled == true || noticed.isCancelled { return true }
    // Threads of the pool have no task: for them this is always false.
    if Task.isCancelled { noticed.cancel() }
    return noticed.isCancelled
  }

  /// - Throws: `EngineError.cancelled`.
  package func check(_ what: @autoclosure () -> String) throws(EngineError) {
    if isCancelled { throw EngineError(.cancelled, "\(what()) was cancelled") }
  }
}
