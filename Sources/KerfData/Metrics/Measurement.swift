/// A figure with what it rests on.
public struct Measurement: Sendable, Equatable {
  /// The metric's name.
  public let metric: String
  public let unit: String
  /// The mean over the pictures.
  public let value: Double
  /// The number of pictures.
  public let count: Int
  /// The standard error of the mean, in ``unit``: s / √n with s² = Σ(xᵢ − x̄)² / (n − 1); for a share of hits p, √(p (1 − p) / n).
  /// `nil` where one picture says nothing about it.
  public let standardError: Double?

  public init(metric: String, unit: String, value: Double, count: Int, standardError: Double?) {
    self.metric = metric
    self.unit = unit
    self.value = value
    self.count = count
    self.standardError = standardError
  }

  /// The mean of the scores of `metric`.
  ///
  /// - Precondition: there is a score.
  public init(of metric: any Metric, scores: [Double]) {
    precondition(!scores.isEmpty, "a mean of no scores")
    let count = Double(scores.count)
    let mean = scores.reduce(0, +) / count
    let squares = scores.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    // Hits and misses: Σ(xᵢ − x̄)² / n is p (1 − p) already.
    let degrees = metric.judgesImages ? count - 1 : count
    self.init(
      metric: metric.name, unit: metric.unit, value: mean, count: scores.count,
      standardError: scores.count > 1 ? (squares / degrees / count).squareRoot() : nil)
  }
}
