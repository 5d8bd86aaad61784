/// The smallest and the largest element seen: nothing saturates on calibration data.
public struct MinMaxRange: RangeEstimator {
  public static let name = "minmax"
  public static let summary = "the smallest and the largest element"

  public init() {}

  public func range(of histogram: Histogram, _ format: IntegerFormat) -> ValueRange { ValueRange(histogram.low, histogram.high) }
}
