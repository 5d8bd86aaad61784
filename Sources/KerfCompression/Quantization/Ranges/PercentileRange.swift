/// The range that holds all but a share of the elements: half of the share is cut off on either side.
public struct PercentileRange: RangeEstimator {
  public static let name = "percentile"
  public static let summary = "all but 0.01 % of the elements"

  /// Share of the elements inside, fraction 0...1.
  public let share: Double

  public init() { self.init(share: 0.9999) }

  public init(share: Double) {
    precondition(share > 0 && share <= 1, "a share of \(share)")
    self.share = share
  }

  public func range(of histogram: Histogram, _ format: IntegerFormat) -> ValueRange {
    let budget = (1 - share) / 2 * Double(histogram.total)
    let counts = histogram.counts
    var (first, last) = (0, counts.count - 1)
    var cut = 0.0
    while first < last, cut + Double(counts[first]) <= budget, histogram.centre(first) < 0 {
      cut += Double(counts[first])
      first += 1
    }
    cut = 0
    while last > first, cut + Double(counts[last]) <= budget, histogram.centre(last) > 0 {
      cut += Double(counts[last])
      last -= 1
    }
    let low = histogram.low + Double(first) * histogram.binWidth
    let high = histogram.high - Double(counts.count - 1 - last) * histogram.binWidth
    return ValueRange(low, high)
  }
}
