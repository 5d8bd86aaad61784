import KerfEngine

/// What a person asks of a quantization.
public struct QuantizationRequest: Sendable {
  /// How weights go to their levels.
  public enum Rounding: String, Sendable, Codable, CaseIterable {
    /// Each to the nearest.
    case nearest
    /// Up or down so that the layer's response on calibration data changes least.
    case reconstruct
  }

  /// Name of the range estimator for activations; `nil` tries all of them and keeps the one whose network measures best.
  public var ranges: String?
  /// Whether neighbouring layers' weights are balanced first.
  public var equalizes: Bool
  /// Whether biases take up the mean error that rounding makes.
  public var correctsBias: Bool
  public var rounding: Rounding
  /// What the card's metric may lose on the validation split, in its own unit (dB, points); layers stay float until that holds.
  public var maxHarm: Double?
  /// Whether layers may stay float by measurement.
  public var leavesFloat: Bool
  /// Names of layers that stay float.
  public var keepFloat: [String]
  public var activations: IntegerFormat
  public var weights: IntegerFormat
  public var engine: EngineOptions
  public var seed: UInt64

  public init(
    ranges: String? = nil, equalizes: Bool = true, correctsBias: Bool = true, rounding: Rounding = .reconstruct, maxHarm: Double? = nil,
    leavesFloat: Bool = true, keepFloat: [String] = [], activations: IntegerFormat = .uint8, weights: IntegerFormat = .int8,
    engine: EngineOptions = EngineOptions(),
    seed: UInt64 = 1
  ) {
    self.ranges = ranges
    self.equalizes = equalizes
    self.correctsBias = correctsBias
    self.rounding = rounding
    self.maxHarm = maxHarm
    self.leavesFloat = leavesFloat
    self.keepFloat = keepFloat
    self.activations = activations
    self.weights = weights
    self.engine = engine
    self.seed = seed
  }
}
