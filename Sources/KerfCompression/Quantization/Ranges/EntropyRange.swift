import Foundation

/// The range whose levels tell most of the value's distribution: the smallest Kullback-Leibler divergence `Σ p log(p/q)`.
///
/// `p` is the histogram with what lies outside counted in the outermost bins, `q` the same seen through the levels: each level's count spread evenly
/// over those of its bins that are not empty. Both ends shrink by the same factor, 128 of them.
/// - Reference: S. Migacz, "8-bit inference with TensorRT", GTC 2017.
public struct EntropyRange: RangeEstimator {
  public static let name = "entropy"
  public static let summary = "the smallest Kullback-Leibler divergence between the value's distribution and that of its levels"

  private static let places = 128

  public init() {}

  public func range(of histogram: Histogram, _ format: IntegerFormat) -> ValueRange {
    let whole = ValueRange(histogram.low, histogram.high)
    guard whole.width > 0, histogram.high > histogram.low else { return whole }
    var best = (divergence: Double.infinity, range: whole)
    // Fewer bins than levels cannot be told apart from the levels.
    let least = max(1, Int((Double(Self.places) * Double(format.steps + 1) / Double(histogram.counts.count)).rounded(.up)))
    for place in stride(from: Self.places, through: least, by: -1) {
      let factor = Double(place) / Double(Self.places)
      let range = ValueRange(whole.low * factor, whole.high * factor)
      let divergence = divergence(histogram, range, levels: format.steps + 1)
      if divergence < best.divergence { best = (divergence, range) }
    }
    return best.range
  }

  private func divergence(_ histogram: Histogram, _ range: ValueRange, levels: Int) -> Double {
    let bins = histogram.counts.count
    let first = max(0, min(bins - 1, Int(((range.low - histogram.low) / histogram.binWidth).rounded(.down))))
    let last = max(first, min(bins - 1, Int(((range.high - histogram.low) / histogram.binWidth).rounded(.up)) - 1))
    let inside = histogram.counts[first...last].map(Double.init)
    var p = inside
    p[0] += histogram.counts[..<first].reduce(0) { $0 + Double($1) }
    p[p.count - 1] += histogram.counts[(last + 1)...].reduce(0) { $0 + Double($1) }
    let total = p.reduce(0, +)
    let seen = inside.reduce(0, +)
    guard total > 0, seen > 0 else { return .infinity }
    var divergence = 0.0
    for level in 0..<levels {
      let (from, to) = (level * p.count / levels, (level + 1) * p.count / levels)
      if from == to { continue }
      let mass = inside[from..<to].reduce(0, +)
      let filled = p[from..<to].count { $0 > 0 }
      for bin in from..<to where p[bin] > 0 {
        // An outermost bin may hold nothing but what was cut off.
        let q = max(mass / Double(filled) / seen, 1e-12)
        divergence += p[bin] / total * log(p[bin] / total / q)
      }
    }
    return divergence
  }
}
