/// Peak signal-to-noise ratio against the original network's output in place of the target, as ``PSNRMetric`` is against the target; 100 dB, the
/// most that is given, for the original itself.
public struct OriginalPSNRMetric: Metric {
  public let view: MetricView
  public var name: String { "psnr-to-original" }
  public var unit: String { "dB" }
  public var judgesImages: Bool { true }
  public var comparesWithOriginal: Bool { true }

  public init(view: MetricView) { self.view = view }

  public func score(_ output: [Float], shape: [Int], target: Target, original: [Float]?, rules: OutputRules) throws(DataError) -> Double {
    let own = try view.original(original, shape: shape, rules: rules, name: name)
    let given = try view.planes(of: rules.image(from: output, shape: shape))
    return PSNRMetric.decibels(meanSquaredError: given.meanSquaredError(to: own))
  }
}
