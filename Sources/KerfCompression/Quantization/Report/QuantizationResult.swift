/// Everything a quantization has to say: what was asked, what each step and each layer measured, and the network before and after.
public struct QuantizationResult: Sendable, Codable, Equatable {
  public var model: CompressionResult.ModelName
  /// The range estimator that was used.
  public var ranges: String
  /// What the metric may lose on the validation split, in its own unit.
  public var maxHarm: Double
  /// What it lost there.
  public var harm: Double
  /// Whether the bound holds.
  public var reached: Bool
  public var before: Figures
  public var after: Figures
  /// Signal to quantization noise at the network's output on calibration images, dB.
  public var sqnr: Double
  /// What was tried, in order.
  public var steps: [QuantizationStep]
  /// In the order of the graph; layers that stay float are listed with the reason.
  public var layers: [QuantizedLayerResult]
  public var pictures: [PictureRow]
  public var machine: MachineDescription
  public var versions: [String: String]
  public var warnings: [String]
  /// Wall-clock time of the run, s.
  public var seconds: Double

  enum CodingKeys: String, CodingKey {
    case model, ranges, harm, reached, before, after, steps, layers, pictures, machine, versions, warnings, seconds
    case maxHarm = "max_harm"
    case sqnr = "sqnr_db"
  }
}

/// Something that was tried on the whole network.
public struct QuantizationStep: Sendable, Codable, Equatable {
  public var name: String
  /// Signal to quantization noise at the network's output with it, dB.
  public var sqnr: Double
  /// The metric on the validation split with it; `nil` where it was not measured.
  public var metric: Double?
  public var kept: Bool

  enum CodingKeys: String, CodingKey {
    case name, metric, kept
    case sqnr = "sqnr_db"
  }

  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(name, forKey: .name)
    try values.encode(sqnr, forKey: .sqnr)
    try values.encode(metric, forKey: .metric)
    try values.encode(kept, forKey: .kept)
  }
}
