/// Levels of real numbers: `q = clamp(round(x / scale) + zeroPoint)`, `x̂ = (q − zeroPoint)·scale`; 0 is a level.
public struct AffineMap: Sendable, Hashable, Codable {
  public let scale: Float
  public let zeroPoint: Int
  public let format: IntegerFormat

  /// The smallest scale there is, `2⁻⁶²`: the product of two of them is a normal float, as an int32 bias needs it.
  static let smallestScale: Float = 0x1p-62

  /// A map whose levels span a range; a range of no width has scale 1 and every number but 0 saturates.
  ///
  /// With an unsigned format `scale = (high − low)/steps`, `zeroPoint = round(−low/scale)`: 0 for a range that starts at 0.
  public init(_ range: ValueRange, _ format: IntegerFormat) {
    self.format = format
    let width = format.isSymmetric ? 2 * max(-range.low, range.high) : range.width
    guard width > 0 else {
      (scale, zeroPoint) = (1, format.isSigned ? 0 : format.lowest)
      return
    }
    scale = max(Float(width / Double(format.steps)), Self.smallestScale)
    let offset = (-range.low / Double(scale)).rounded(.toNearestOrEven)
    zeroPoint = format.isSymmetric ? 0 : max(format.lowest, min(format.highest, format.lowest + Int(offset)))
  }

  public init(scale: Float, zeroPoint: Int, _ format: IntegerFormat) {
    (self.scale, self.zeroPoint, self.format) = (scale, zeroPoint, format)
  }

  /// The level nearest to `x`, ties to even; NaN has the level of 0.
  public func level(of x: Float) -> Int {
    let ratio = x / scale
    if ratio.isNaN { return zeroPoint }
    let level = Double(ratio.rounded(.toNearestOrEven)) + Double(zeroPoint)
    return Int(max(Double(format.lowest), min(Double(format.highest), level)))
  }

  public func value(of level: Int) -> Float { Float(level - zeroPoint) * scale }

  /// What the levels span.
  public var range: ValueRange {
    ValueRange(Double(value(of: format.lowest)), Double(value(of: format.highest)))
  }
}
