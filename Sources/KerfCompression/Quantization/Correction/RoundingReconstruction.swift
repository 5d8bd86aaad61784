import KerfAlgebra
import KerfDecomposition
import KerfEngine
import KerfGraph

/// Chooses the levels of weights so that a layer's response changes least, not the weights themselves.
///
/// For each output channel `min_q ‖(w − s·q) Σ^{1/2}‖²` over integers `q`, `Σ` the covariance of the layer's rounded input patches on calibration data; means are
/// left to the bias. Coordinate descent from the nearest levels: with `r = Σ(s·q − w)`, coordinate `j` goes to the integer nearest to `q_j − r_j/(s·Σ_jj)`; every
/// step lowers the sum, so it ends.
/// - Complexity: a pass looks at every weight; every change costs one row of `Σ`.
/// - Reference: M. Nagel et al., "Up or Down? Adaptive Rounding for Post-Training Quantization", ICML 2020 (the objective); the descent is plain coordinate descent.
package struct RoundingReconstruction {
  let sites: [Int: LayerSite]
  let pieces: [[String: Tensor]]
  let options: EngineOptions
  let seed: UInt64

  private static let passes = 20
  /// Covariances above this size are not worth their memory.
  static let largestPatch = 5000

  /// Levels for a layer of a draft, or `nil` where it has no covariance to go by.
  func levels(of layer: LinearLayer, in written: QuantizationDraft.Written) throws -> [Int]? {
    guard let site = sites[layer.index], let weights = written.weights[layer.index], layer.axis == 0,
      site.kernel.unfoldedColumns <= Self.largestPatch, site.kernel.unfoldedColumns > 1
    else { return nil }
    let name = written.rounded[layer.input] ?? layer.input
    let session = try Session(written.model, outputs: [name], options: options)
    var batches: [LayerView.Batch] = []
    for piece in pieces {
      guard let input = try session.run(piece)[name] else { return nil }
      let images = input.shape.first ?? 1
      let shape: [Int]
      if site.kernel.spatial.isEmpty {
        shape = input.shape.dropLast() + [site.kernel.outputs]
      } else {
        shape = [images, site.kernel.outputs] + site.kernel.outputExtents(forInput: Array(input.shape[2...]))
      }
      // The gatherer reads no more of the response than its shape.
      batches.append(LayerView.Batch(input: input, response: Tensor([Float](repeating: 0, count: shape.reduce(1, *)), shape: shape)))
    }
    let moments = MomentGatherer(site: site, seed: seed).gather(LayerView(batches: batches, inputIsCompressed: false), cross: false)
    return Self.levels(weights, covariances: moments.covariances, groups: site.kernel.groups)
  }

  /// The levels that minimize each channel's error in the metric of its group's covariance.
  static func levels(_ weights: WeightQuantization, covariances: [Matrix], groups: Int) -> [Int] {
    let layer = weights.layer
    let columns = layer.weights.count / layer.channels
    let perGroup = layer.channels / groups
    var levels = weights.levels
    for channel in 0..<layer.channels {
      let covariance = covariances[channel / perGroup]
      let part = channel * columns..<(channel + 1) * columns
      let found = descend(
        layer.weights[part].map(Double.init), start: Array(levels[part]), scale: Double(weights.scales[channel]), covariance, weights.format
      )
      levels.replaceSubrange(part, with: found)
    }
    return levels
  }

  package static func descend(_ w: [Double], start: [Int], scale: Double, _ covariance: Matrix, _ format: IntegerFormat) -> [Int] {
    let count = w.count
    let sigma = covariance.elements
    var q = start
    var residual = [Double](repeating: 0, count: count)
    for j in 0..<count {
      let error = scale * Double(q[j]) - w[j]
      if error == 0 { continue }
      for k in 0..<count { residual[k] += error * sigma[j * count + k] }
    }
    for _ in 0..<passes {
      var changed = false
      for j in 0..<count {
        let own = sigma[j * count + j]
        guard own > 0 else { continue }
        let wish = Double(q[j]) - residual[j] / (scale * own)
        let level = Int(max(Double(format.lowest), min(Double(format.highest), wish.rounded())))
        // Nearer by more than rounding of the sums: otherwise two levels could take turns.
        guard level != q[j], abs(wish - Double(level)) + 1e-6 < abs(wish - Double(q[j])) else { continue }
        let step = scale * Double(level - q[j])
        q[j] = level
        for k in 0..<count { residual[k] += step * sigma[j * count + k] }
        changed = true
      }
      if !changed { break }
    }
    return q
  }
}
