/// The real numbers that a tensor's levels span, `low ≤ 0 ≤ high`.
public struct ValueRange: Sendable, Hashable, Codable {
  public let low: Double
  public let high: Double

  /// Widened to hold 0, which padding and ReLU need exactly.
  public init(_ low: Double, _ high: Double) {
    self.low = min(low, 0)
    self.high = max(high, 0)
  }

  public var width: Double { high - low }

  func union(_ other: ValueRange) -> ValueRange { ValueRange(min(low, other.low), max(high, other.high)) }
}
