import KerfGraph
import Synchronization

/// How a session with `EngineOptions.throughput` has decided to run batches.
final class BatchChoices: Sendable {
  /// By the shapes of the inputs: whether image by image.
  private let byImage = Mutex<[[String: [Int]]: Bool]>([:])

  subscript(shapes: [String: [Int]]) -> Bool? {
    get { byImage.withLock { $0[shapes] } }
    set { byImage.withLock { $0[shapes] = newValue } }
  }
}

extension Session {
  /// Runs a batch in the quicker of two ways: together, every thread working on each layer, or as one image a thread, which meets the others only
  /// at the end.
  ///
  /// With planning by estimate, batches that divide well among the threads run image by image; else both are timed in the first run of a shape.
  func runBatch(_ tensors: [String: Tensor], _ cancellation: Cancellation) throws(EngineError) -> [String: Tensor] {
    let shapes = tensors.mapValues(\.shape)
    guard let count = images(tensors), let single = try single(tensors, cancellation) else { return try together(tensors, cancellation) }
    if let known = choices[shapes] {
      if known, let results = try byImage(tensors, count, single, cancellation) { return results }
      return try together(tensors, cancellation)
    }
    if options.planning == .estimate {
      choices[shapes] = count % options.threads == 0 || count >= 4 * options.threads
      return try runBatch(tensors, cancellation)
    }
    let clock = ContinuousClock()
    var (whole, split) = (Double.infinity, Double.infinity)
    var result: [String: Tensor] = [:]
    // The first round plans and fills the caches.
    for round in 0..<3 {
      let start = clock.now
      result = try together(tensors, cancellation)
      let middle = clock.now
      guard try byImage(tensors, count, single, cancellation) != nil else { break }
      if round > 0 {
        whole = min(whole, (middle - start).milliseconds)
        split = min(split, (clock.now - middle).milliseconds)
      }
    }
    choices[shapes] = split < whole
    return result
  }

  /// The number of images where there are several: the first extent, equal in all inputs; `nil` where they are not float32 tensors of such shapes.
  private func images(_ tensors: [String: Tensor]) -> Int? {
    guard let count = tensors.values.first?.shape.first, count > 1 else { return nil }
    return tensors.values.allSatisfy { $0.type == .float && $0.shape.first == count && $0.count > 0 } ? count : nil
  }

  /// The session for one image, where all its outputs are of one image too.
  private func single(_ tensors: [String: Tensor], _ cancellation: Cancellation) throws(EngineError) -> Session? {
    let single = imageSession
    let plan = try single.plan(for: tensors.mapValues { $0.image(0) })
    return plan.outputs.allSatisfy { $0.place.shape.first == 1 } ? single : nil
  }

  /// - Returns: `nil` where an output is not float32.
  private func byImage(_ tensors: [String: Tensor], _ count: Int, _ single: Session, _ cancellation: Cancellation) throws(EngineError)
    -> [String: Tensor]?
  {
    let results = Mutex([Result<[String: Tensor], EngineError>?](repeating: nil, count: count))
    pool.run(count) { index, _ in
      if cancellation.isCancelled { return }
      let result: Result<[String: Tensor], EngineError>
      do throws(EngineError) {
        result = .success(try single.together(tensors.mapValues { $0.image(index) }, cancellation))
      } catch { result = .failure(error) }
      results.withLock { $0[index] = result }
    }
    try cancellation.check("the run")
    var elements: [String: [Float]] = [:]
    var shapes: [String: [Int]] = [:]
    for result in results.withLock({ $0 }) {
      guard let result else { continue }
      for (name, tensor) in try result.get() {
        guard case .float(let values) = tensor.storage else { return nil }
        elements[name, default: []] += values
        shapes[name] = [count] + tensor.shape.dropFirst()
      }
    }
    return shapes.reduce(into: [:]) { $0[$1.key] = Tensor(elements[$1.key] ?? [], shape: $1.value) }
  }
}

extension Tensor {
  /// One image of a float32 batch.
  fileprivate func image(_ index: Int) -> Tensor {
    let size = count / max(1, shape.first ?? 1)
    return Tensor(Array((floats() ?? [])[index * size..<(index + 1) * size]), shape: [1] + shape.dropFirst())
  }
}
