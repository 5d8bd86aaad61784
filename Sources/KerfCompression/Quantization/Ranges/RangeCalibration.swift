import KerfEngine
import KerfGraph

/// Watches values of a network while calibration images run through it: first their extremes, then histograms between these.
///
/// Memory: the values of a few images, and one histogram of 2048 counts a value.
package struct RangeCalibration {
  private let session: Session
  private let fetched: [String]
  private let feeds: Set<String>
  private let pieces: [[String: Tensor]]

  /// Elements of the network's input that run at once: what is watched is held for so many.
  private static let pieceElements = 40_000

  /// - Parameters:
  ///   - values: names of what to watch; graph inputs may be among them.
  ///   - batches: inputs by name, one entry a batch.
  package init(_ model: Model, values: [String], batches: [[String: Tensor]], options: EngineOptions) throws(EngineError) {
    let feeds = Set(model.graph.inputs.map(\.name)).intersection(values)
    self.feeds = feeds
    fetched = values.filter { !feeds.contains($0) }
    session = try Session(model, outputs: fetched, options: options)
    pieces = batches.flatMap { Self.cut($0) }
  }

  /// Batches of few images each: neighbours that share the first axis.
  static func cut(_ batch: [String: Tensor]) -> [[String: Tensor]] {
    let counts = Set(batch.values.map { $0.shape.first ?? 1 })
    guard counts.count == 1, let images = counts.first, images > 1 else { return [batch] }
    let perImage = batch.values.reduce(0) { $0 + $1.count } / images
    let size = max(1, pieceElements / max(1, perImage))
    return stride(from: 0, to: images, by: size).map { start in
      batch.mapValues { tensor in
        let one = tensor.count / images
        let end = min(start + size, images)
        guard case .float(let elements) = tensor.storage else { return tensor }
        return Tensor(Array(elements[start * one..<end * one]), shape: [end - start] + tensor.shape.dropFirst())
      }
    }
  }

  /// Histograms by name.
  /// - Parameter counted: without it only the extremes are found.
  /// - Throws: `CompressionError.data` for a value that is NaN or infinite, naming it and the image.
  package func histograms(counted: Bool, progress: (Int, Int) -> Void = { _, _ in }) throws -> [String: Histogram] {
    let steps = pieces.count * (counted ? 2 : 1)
    var extremes: [String: (Float, Float)] = [:]
    var images = 0
    for (step, piece) in pieces.enumerated() {
      progress(step, steps)
      let values = try values(of: piece)
      let count = piece.values.first?.shape.first ?? 1
      // In the order of the graph, so that the first value that is wrong is named.
      for name in feeds.sorted() + fetched {
        guard let elements = values[name] else { continue }
        guard let (low, high) = Self.extremes(elements) else {
          throw Self.notFinite(elements, name, images: images, count: count)
        }
        let known = extremes[name] ?? (low, high)
        extremes[name] = (min(known.0, low), max(known.1, high))
      }
      images += count
    }
    var histograms = extremes.mapValues { Histogram(low: Double($0.0), high: Double($0.1)) }
    guard counted else { return histograms }
    for (step, piece) in pieces.enumerated() {
      progress(pieces.count + step, steps)
      for (name, elements) in try values(of: piece) { histograms[name]?.add(elements) }
    }
    return histograms
  }

  private func values(of piece: [String: Tensor]) throws -> [String: [Float]] {
    var values: [String: [Float]] = [:]
    for (name, tensor) in try session.run(piece) { values[name] = tensor.floats() }
    for name in feeds { values[name] = piece[name]?.floats() }
    return values
  }

  /// Smallest and largest element, `nil` where one is not finite; 0 and 0 of an empty tensor.
  private static func extremes(_ elements: [Float]) -> (Float, Float)? {
    guard var low = elements.first else { return (0, 0) }
    var high = low
    var check: Float = 0
    for x in elements {
      low = x < low ? x : low
      high = x > high ? x : high
      // 0·x is 0 for finite x, otherwise NaN, which stays.
      check += 0 * x
    }
    return check.isNaN ? nil : (low, high)
  }

  private static func notFinite(_ elements: [Float], _ name: String, images: Int, count: Int) -> CompressionError {
    let place = elements.firstIndex { !$0.isFinite } ?? 0
    let image = images + place * count / max(1, elements.count)
    return CompressionError(
      .data, "calibration image \(image + 1): '\(name)' has \(elements[place]) at element \(place % max(1, elements.count / max(1, count)))"
    )
  }
}
