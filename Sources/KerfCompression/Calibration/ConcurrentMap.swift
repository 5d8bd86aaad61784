import Dispatch
import Synchronization

extension Array where Element: Sendable {
  /// What `transform` makes of each element, in order, worked out on every core; of several errors the first in order is thrown.
  package func concurrentMap<Made: Sendable, Failure: Error>(_ transform: @Sendable (Element) throws(Failure) -> Made) throws(Failure)
    -> [Made]
  {
    let results = Mutex<[Int: Result<Made, Failure>]>([:])
    DispatchQueue.concurrentPerform(iterations: count) { index in
      let result = Result { () throws(Failure) in try transform(self[index]) }
      results.withLock { $0[index] = result }
    }
    var made: [Made] = []
    for (_, result) in results.withLock({ $0 }).sorted(by: { $0.key < $1.key }) { made.append(try result.get()) }
    return made
  }
}
