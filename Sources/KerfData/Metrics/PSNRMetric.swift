/// Peak signal-to-noise ratio: 10 log₁₀(255² / MSE) dB over the pixels and channels of the view; 100 dB is the most that is given, so that
/// equal pictures have a finite score.
public struct PSNRMetric: Metric {
  public static let ceiling = 100.0

  public let view: MetricView
  public var name: String { "psnr" }
  public var unit: String { "dB" }
  public var judgesImages: Bool { true }

  public init(view: MetricView) { self.view = view }

  public func score(_ output: [Float], shape: [Int], target: Target, original: [Float]?, rules: OutputRules) throws(DataError) -> Double {
    let (given, wanted) = try view.pair(output, shape: shape, target: target, rules: rules, name: name)
    return Self.decibels(meanSquaredError: given.meanSquaredError(to: wanted))
  }

  static func decibels(meanSquaredError: Double) -> Double {
    min(ceiling, 10 * Transcendental.log10(255 * 255 / max(meanSquaredError, 1e-300)))
  }
}
