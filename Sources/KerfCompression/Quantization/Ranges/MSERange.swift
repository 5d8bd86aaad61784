/// The range whose rounding and saturation together make the smallest mean squared error.
///
/// `E(range) = Σ_{x inside} s²/12 + Σ_{x outside} (x − end)²` over the histogram, `s` the step; exact zeros make no error. The two ends are found in turn,
/// each among 128 places. Against the whole range the result is judged by a sample of the elements: pixels lie on a grid that the whole range may meet.
public struct MSERange: RangeEstimator {
  public static let name = "mse"
  public static let summary = "the smallest mean squared error of rounding and saturation"

  private static let places = 128
  private static let rounds = 3

  public init() {}

  public func range(of histogram: Histogram, _ format: IntegerFormat) -> ValueRange {
    let whole = ValueRange(histogram.low, histogram.high)
    guard whole.width > 0, histogram.high > histogram.low else { return whole }
    let sums = Moments(histogram)
    func error(_ low: Double, _ high: Double) -> Double {
      let step = (high - low) / Double(format.steps)
      return sums.error(low: low, high: high, step: step)
    }
    var (low, high) = (whole.low, whole.high)
    for _ in 0..<Self.rounds {
      let before = (low, high)
      let ends = (1...Self.places).map { Double($0) / Double(Self.places) }
      high = ends.map { whole.high * $0 }.min { error(low, $0) < error(low, $1) } ?? high
      low = ends.map { whole.low * $0 }.min { error($0, high) < error($1, high) } ?? low
      if (low, high) == before { break }
    }
    let found = ValueRange(low, high)
    let onSample = { (range: ValueRange) in Self.sampleError(histogram, AffineMap(range, format)) }
    return onSample(whole) <= onSample(found) + sums.saturation(low: low, high: high) ? whole : found
  }

  /// Rounding error of a sample of the elements, as if of all.
  private static func sampleError(_ histogram: Histogram, _ map: AffineMap) -> Double {
    let range = map.range
    var sum = 0.0
    for x in histogram.sample where Double(x) >= range.low && Double(x) <= range.high {
      let error = Double(x - map.value(of: map.level(of: x)))
      sum += error * error
    }
    return histogram.sample.isEmpty ? 0 : sum / Double(histogram.sample.count) * Double(histogram.total - histogram.zeros)
  }

  /// Running sums of counts, values and squares, so that one candidate costs two look-ups.
  private struct Moments {
    let histogram: Histogram
    var count: [Double] = [0]
    var sum: [Double] = [0]
    var squares: [Double] = [0]

    init(_ histogram: Histogram) {
      self.histogram = histogram
      for (bin, n) in histogram.counts.enumerated() {
        let (n, x) = (Double(n), histogram.centre(bin))
        count.append(count[bin] + n)
        sum.append(sum[bin] + n * x)
        squares.append(squares[bin] + n * x * x)
      }
    }

    /// `Σ (x − end)²` over bins, from the sums of count, value and square.
    private func beyond(_ end: Double, _ bins: Range<Int>) -> Double {
      let n = count[bins.upperBound] - count[bins.lowerBound]
      let s = sum[bins.upperBound] - sum[bins.lowerBound]
      let q = squares[bins.upperBound] - squares[bins.lowerBound]
      return max(0, q - 2 * end * s + end * end * n)
    }

    private func inside(_ low: Double, _ high: Double) -> Range<Int> {
      let bins = histogram.counts.count
      let first = max(0, min(bins, Int(((low - histogram.low) / histogram.binWidth).rounded())))
      return first..<max(first, min(bins, Int(((high - histogram.low) / histogram.binWidth).rounded())))
    }

    func saturation(low: Double, high: Double) -> Double {
      let inside = inside(low, high)
      return beyond(low, 0..<inside.lowerBound) + beyond(high, inside.upperBound..<histogram.counts.count)
    }

    func error(low: Double, high: Double, step: Double) -> Double {
      let inside = inside(low, high)
      return (count[inside.upperBound] - count[inside.lowerBound]) * step * step / 12 + saturation(low: low, high: high)
    }
  }
}
