/// What a network costs and what it reaches, before or after compression.
///
/// In JSON `metric` is the plain number, so that `before` and `after` compare field by field; `measurement` holds it with its count and
/// error. Fields that were not measured are written as `null`.
public struct Figures: Sendable, Codable, Equatable {
  /// Weights and biases of all layers.
  public var parameters: Int
  /// Multiply-accumulates of one input of the stated shape.
  public var macs: Int
  /// Size of the ONNX file.
  public var bytes: Int
  /// Weights, and activations in the engine, while the network runs; `nil` where the engine cannot run it.
  public var memoryBytes: Int?
  /// Median time of one run over the quicker half of the rounds, ms; `nil` where the engine cannot run the network.
  public var medianMilliseconds: Double?
  /// 10th and 90th percentile of all runs, ms.
  public var p10Milliseconds: Double?
  public var p90Milliseconds: Double?
  /// The data card's metric; `nil` where nothing could be measured.
  public var metric: MetricValue?

  public init(
    parameters: Int, macs: Int, bytes: Int, memoryBytes: Int? = nil, medianMilliseconds: Double? = nil,
    p10Milliseconds: Double? = nil, p90Milliseconds: Double? = nil, metric: MetricValue? = nil
  ) {
    self.parameters = parameters
    self.macs = macs
    self.bytes = bytes
    self.memoryBytes = memoryBytes
    self.medianMilliseconds = medianMilliseconds
    self.p10Milliseconds = p10Milliseconds
    self.p90Milliseconds = p90Milliseconds
    self.metric = metric
  }

  enum CodingKeys: String, CodingKey {
    case parameters, macs, bytes, metric, measurement
    case memoryBytes = "memory_bytes"
    case medianMilliseconds = "median_ms"
    case p10Milliseconds = "p10_ms"
    case p90Milliseconds = "p90_ms"
  }

  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    parameters = try values.decode(Int.self, forKey: .parameters)
    macs = try values.decode(Int.self, forKey: .macs)
    bytes = try values.decode(Int.self, forKey: .bytes)
    memoryBytes = try values.decodeIfPresent(Int.self, forKey: .memoryBytes)
    medianMilliseconds = try values.decodeIfPresent(Double.self, forKey: .medianMilliseconds)
    p10Milliseconds = try values.decodeIfPresent(Double.self, forKey: .p10Milliseconds)
    p90Milliseconds = try values.decodeIfPresent(Double.self, forKey: .p90Milliseconds)
    metric = try values.decodeIfPresent(MetricValue.self, forKey: .measurement)
  }

  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(parameters, forKey: .parameters)
    try values.encode(macs, forKey: .macs)
    try values.encode(bytes, forKey: .bytes)
    try values.encode(memoryBytes, forKey: .memoryBytes)
    try values.encode(medianMilliseconds, forKey: .medianMilliseconds)
    try values.encode(p10Milliseconds, forKey: .p10Milliseconds)
    try values.encode(p90Milliseconds, forKey: .p90Milliseconds)
    try values.encode(metric?.value, forKey: .metric)
    try values.encode(metric, forKey: .measurement)
  }
}
