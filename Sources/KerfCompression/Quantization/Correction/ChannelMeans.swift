import KerfEngine
import KerfGraph

/// Means of values over images and positions, channel by channel (axis 1).
package struct ChannelMeans: Sendable {
  package private(set) var means: [String: [Double]] = [:]
  /// Largest magnitudes.
  package private(set) var magnitudes: [String: [Double]] = [:]

  package init(_ model: Model, values: [String], pieces: [[String: Tensor]], options: EngineOptions) throws(EngineError) {
    let session = try Session(model, outputs: values, options: options)
    var counts: [String: Int] = [:]
    for piece in pieces {
      for (name, tensor) in try session.run(piece) {
        guard let elements = tensor.floats(), tensor.rank >= 2 else { continue }
        let channels = tensor.shape[1]
        let inner = tensor.shape[2...].reduce(1, *)
        var sums = means[name] ?? [Double](repeating: 0, count: channels)
        var largest = magnitudes[name] ?? sums
        for image in 0..<tensor.shape[0] {
          for c in 0..<channels {
            let start = (image * channels + c) * inner
            var sum: Float = 0
            var most: Float = 0
            var total = 0.0
            for i in start..<start + inner {
              sum += elements[i]
              most = max(most, abs(elements[i]))
              // Short runs in float, their sums in double.
              if i & 255 == 255 {
                total += Double(sum)
                sum = 0
              }
            }
            sums[c] += total + Double(sum)
            largest[c] = max(largest[c], Double(most))
          }
        }
        counts[name, default: 0] += tensor.shape[0] * inner
        means[name] = sums
        magnitudes[name] = largest
      }
    }
    for (name, count) in counts { means[name] = means[name]?.map { $0 / Double(max(1, count)) } }
  }
}
