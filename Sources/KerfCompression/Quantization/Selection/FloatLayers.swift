import KerfGraph

/// Finds the layers whose levels do the most harm for the least work, by leaving each float in turn.
struct FloatLayers {
  let probe: OutputProbe
  /// Multiply-adds by layer, fraction 0...1 of the network's.
  let shares: [String: Double]

  /// A layer and what leaving it float would do.
  struct Candidate: Sendable {
    let name: String
    /// Fraction of the output's noise that would go.
    let gain: Double
    let share: Double

    var reason: String {
      "its levels make \(Int((100 * gain).rounded())) % of the noise at the output, its work is \(Double(Int(1000 * share)) / 10) % of the network's"
    }
  }

  /// Work that is as good as none beside a layer's fixed costs.
  private static let freeWork = 0.02
  /// A layer of little work stays float where it makes this much of the noise.
  private static let largeGain = 0.1
  /// Below that leaving a layer float changes nothing worth having.
  private static let smallestGain = 0.02

  /// Every quantized layer, the best to leave float first.
  func candidates(_ draft: QuantizationDraft, noise: Double, progress: (Int, Int) -> Void) throws -> [Candidate] {
    let layers = draft.quantized
    var found: [Candidate] = []
    for (step, layer) in layers.enumerated() {
      progress(step, layers.count)
      var without = draft
      without.float[layer.name] = ""
      let left = try probe.noise(without.written().model)
      found.append(Candidate(name: layer.name, gain: 1 - left / max(noise, .leastNormalMagnitude), share: shares[layer.name] ?? 0))
    }
    return found.filter { $0.gain >= Self.smallestGain }.sorted {
      $0.gain / (Self.freeWork + $0.share) > $1.gain / (Self.freeWork + $1.share)
    }
  }

  /// Whether a layer is worth leaving float whatever the bound: much of the noise for next to no work.
  static func isCheap(_ candidate: Candidate) -> Bool { candidate.gain >= largeGain && candidate.share <= freeWork }
}
