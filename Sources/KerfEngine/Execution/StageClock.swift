import Synchronization

/// Adds up the time that the stages of a pipeline take, over its tasks and threads.
final class StageClock: Sendable {
  private let totals = Mutex<[Double]>([])

  func add(_ times: [Double]) {
    totals.withLock { totals in
      if totals.count < times.count { totals += [Double](repeating: 0, count: times.count - totals.count) }
      for (i, time) in times.enumerated() { totals[i] += time }
    }
  }

  /// The sums since the last call.
  func take() -> [Double] {
    totals.withLock { totals in
      defer { totals = [] }
      return totals
    }
  }
}
