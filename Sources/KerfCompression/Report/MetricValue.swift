import KerfData

/// A figure of merit as measured: what, on how many images of which split, and how sure it is.
public struct MetricValue: Sendable, Codable, Equatable {
  /// The metric's name as the data card spells it, `"psnr"`.
  public var name: String
  /// In the metric's own unit; larger is better.
  public var value: Double
  /// `"dB"`, `"%"`, or empty for a plain number.
  public var unit: String
  /// How many images the value is the mean of.
  public var count: Int
  /// Standard error of `value`, same unit; `nil` for a single image.
  public var standardError: Double?
  /// The split of the data card it was measured on, `"test"`.
  public var split: String
  /// The card's other figures, of the same images; `nil` where it has none.
  public var others: [MetricValue]?

  /// Whether it is the figure of equal pictures, which is ∞ dB in truth.
  public var isEqual: Bool { unit == "dB" && value >= PSNRMetric.ceiling }

  public init(name: String, value: Double, unit: String = "", count: Int, standardError: Double? = nil, split: String) {
    self.name = name
    self.value = value
    self.unit = unit
    self.count = count
    self.standardError = standardError
    self.split = split
  }

  enum CodingKeys: String, CodingKey {
    case name, value, unit, count, split, others
    case standardError = "standard_error"
  }
}
