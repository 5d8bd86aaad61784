/// What is left of the original's peak signal-to-noise ratio when every change of its output counts as error:
///
///     10 log₁₀(255² / (MSE(o, t) + MSE(y, o)))      t target, o the original's output, y the network's
///
/// The original has its own PSNR, so that a fall is 10 log₁₀(1 + MSE(y, o) / MSE(o, t)) ≥ 0 dB, and 0 for the same output alone. For an original
/// that gives the mean of what the picture may be, MSE(y, t) = MSE(o, t) + MSE(y, o) in expectation (the error is orthogonal to every function of the
/// input): there it is the PSNR. For networks trained to look right it is not, and PSNR rewards the blur that this metric counts as error.
public struct KeptPSNRMetric: Metric {
  public let view: MetricView
  public var name: String { "kept-psnr" }
  public var unit: String { "dB" }
  public var judgesImages: Bool { true }
  public var comparesWithOriginal: Bool { true }

  public init(view: MetricView) { self.view = view }

  public func score(_ output: [Float], shape: [Int], target: Target, original: [Float]?, rules: OutputRules) throws(DataError) -> Double {
    let own = try view.original(original, shape: shape, rules: rules, name: name)
    let (given, wanted) = try view.pair(output, shape: shape, target: target, rules: rules, name: name)
    return PSNRMetric.decibels(meanSquaredError: own.meanSquaredError(to: wanted) + given.meanSquaredError(to: own))
  }
}
