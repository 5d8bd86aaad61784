/// Everything a quantization has to say.
public struct QuantizationResult: Sendable, Codable, Equatable {
  public var model: CompressionResult.ModelName
  /// Wall-clock time of the run, s.
  public var seconds: Double
}
