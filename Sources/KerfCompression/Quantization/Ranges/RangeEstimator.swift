/// A rule for the range that a value's levels span: what lies outside saturates, what lies inside is rounded the coarser the wider the range.
public protocol RangeEstimator: Sendable {
  /// Name on the command line, `minmax`.
  static var name: String { get }
  /// What it does, one sentence.
  static var summary: String { get }

  init()

  /// The range for a value with that histogram and levels of that format; within the histogram's own.
  func range(of histogram: Histogram, _ format: IntegerFormat) -> ValueRange
}

/// Every range estimator. One line adds one.
public enum RangeEstimatorRegistry {
  public static let all: [any RangeEstimator.Type] = [MinMaxRange.self, PercentileRange.self, MSERange.self, EntropyRange.self]

  /// - Throws: `CompressionError.request` naming those there are.
  public static func estimator(named name: String) throws(CompressionError) -> any RangeEstimator {
    guard let type = all.first(where: { $0.name == name }) else {
      throw CompressionError(.request, "no range estimator '\(name)'; there are \(all.map { $0.name }.joined(separator: ", "))")
    }
    return type.init()
  }
}
