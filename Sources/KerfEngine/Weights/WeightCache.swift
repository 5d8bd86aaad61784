import Synchronization

/// Packed weights by what they were made from, so that plans for several shapes, and later runs of the program, share them.
package final class WeightCache: Sendable {
  private let store: PackedStore?
  private let held = Mutex<[String: any AnyObject & Sendable]>([:])
  /// What was made here and is not on disk.
  private let made = Mutex<[String: any PackedBytes]>([:])

  /// Whether what is packed are constants of the right number, for timing.
  private let isDry: Bool

  /// - Parameter store: where packed weights are kept between runs; `nil` keeps them in memory alone.
  package init(_ store: PackedStore? = nil, isDry: Bool = false) { (self.store, self.isDry) = (store, isDry) }

  /// The object under a key, made on first use.
  package func object<Object: AnyObject & Sendable>(_ key: String, make: () -> Object) -> Object {
    if let object = held.withLock({ $0[key] }) as? Object { return object }
    let object = make()
    held.withLock { $0[key] = object }
    return object
  }

  /// Packed floats under a key.
  package func floats(_ key: String, count: Int, fill: (UnsafeMutableBufferPointer<Float>) -> Void) -> FixedBuffer<Float> {
    values(key, count: count, dry: 0.01, fill: fill)
  }

  /// Packed values under a key: those of an earlier run, mapped from disk, else made on first use.
  ///
  /// - Parameters:
  ///   - key: states what the floats are made from and how, within one model and instruction set; plans for other shapes use them too.
  ///   - dry: what all values are where only time counts.
  ///   - fill: initialises all `count` values. Read the weights in it, not before: it is not called where the values are there.
  package func values<Value: BitwiseCopyable & Sendable>(
    _ key: String, count: Int, dry: Value, fill: (UnsafeMutableBufferPointer<Value>) -> Void
  ) -> FixedBuffer<Value> {
    object("\(Value.self):\(count):\(key)") {
      if let file = store?.file, let bytes = file.section(key), bytes.count == MemoryLayout<Value>.stride * count,
        let buffer = FixedBuffer<Value>(viewing: bytes, owner: file.mapping)
      {
        return buffer
      }
      let buffer = FixedBuffer(count: count, fill: isDry ? { $0.initialize(repeating: dry) } : fill)
      if store != nil { made.withLock { $0[key] = buffer } }
      return buffer
    }
  }

  /// Writes what was made since the last call to disk, for the next run.
  package func save() {
    guard let store else { return }
    let all = made.withLock { made in
      defer { made = [:] }
      return made
    }
    if all.isEmpty { return }
    store.save(all.sorted { $0.key < $1.key }.map { ($0.key, $0.value.bytes) })
  }
}
