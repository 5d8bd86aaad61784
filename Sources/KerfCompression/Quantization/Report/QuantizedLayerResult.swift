/// What became of one layer: its levels and what they cost, or why it stays float.
public struct QuantizedLayerResult: Sendable, Codable, Equatable {
  /// The node's name in the graph.
  public var name: String
  /// The ONNX operator, `"Conv"`.
  public var op: String
  /// The weights' shape.
  public var kernel: [Int]
  /// `"int8"` or `"float32"`.
  public var precision: String
  public var reason: String
  /// Multiply-adds, fraction 0...1 of the network's.
  public var share: Double
  /// What the levels of the layer's result span; `nil` where it has none.
  public var range: ValueRange?
  public var scale: Float?
  public var zeroPoint: Int?
  /// Share of the result's elements on calibration images that lie beyond the range, fraction 0...1.
  public var saturated: Double?
  /// Signal to quantization noise of the layer's result in the quantized network, everything before it included, dB; `nil` where it was not measured.
  public var sqnr: Double?

  public var isQuantized: Bool { precision != "float32" }

  enum CodingKeys: String, CodingKey {
    case name, op, kernel, precision, reason, share, range, scale, saturated
    case zeroPoint = "zero_point"
    case sqnr = "sqnr_db"
  }

  /// Every key is always written, absent values as `null`.
  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(name, forKey: .name)
    try values.encode(op, forKey: .op)
    try values.encode(kernel, forKey: .kernel)
    try values.encode(precision, forKey: .precision)
    try values.encode(reason, forKey: .reason)
    try values.encode(share, forKey: .share)
    try values.encode(range, forKey: .range)
    try values.encode(scale, forKey: .scale)
    try values.encode(zeroPoint, forKey: .zeroPoint)
    try values.encode(saturated, forKey: .saturated)
    try values.encode(sqnr, forKey: .sqnr)
  }
}
