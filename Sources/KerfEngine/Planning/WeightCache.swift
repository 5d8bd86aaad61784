import Synchronization

/// Packed weights by what they were made from, so that plans for several shapes share them.
package final class WeightCache: Sendable {
  /// Whether what is packed are constants of the right number, for timing.
  let isDry: Bool
  private let held = Mutex<[String: any AnyObject & Sendable]>([:])

  init(isDry: Bool = false) { self.isDry = isDry }

  /// The object under a key, made on first use.
  func object<Object: AnyObject & Sendable>(_ key: String, make: () -> Object) -> Object {
    if let object = held.withLock({ $0[key] }) as? Object { return object }
    let object = make()
    held.withLock { $0[key] = object }
    return object
  }
}
