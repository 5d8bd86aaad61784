/// A figure of merit: a score for each picture, the mean over pictures is the figure. More is better for every metric here.
/// Add one: one file here and one line in ``MetricRegistry``.
public protocol Metric: Sendable {
  /// The name of the figure: `psnr`, `top-1`.
  var name: String { get }
  /// What it is counted in: `dB`, `%`.
  var unit: String { get }
  /// Whether it judges pictures, not classes.
  var judgesImages: Bool { get }

  /// Whether a score compares with what the original network gives for the same picture.
  var comparesWithOriginal: Bool { get }

  /// The score of one picture's output.
  ///
  /// - Parameters:
  ///   - shape: one sample's, batch extent 1 included.
  ///   - original: what the original network gives, of the same shape; `nil` where no metric compares with it.
  /// - Throws: `.mismatch` where output, target and the original's output do not fit each other.
  func score(_ output: [Float], shape: [Int], target: Target, original: [Float]?, rules: OutputRules) throws(DataError) -> Double
}

extension Metric {
  public var comparesWithOriginal: Bool { false }

  /// The score of one picture's output, by itself.
  public func score(_ output: [Float], shape: [Int], target: Target, rules: OutputRules) throws(DataError) -> Double {
    try score(output, shape: shape, target: target, original: nil, rules: rules)
  }
}

/// A kind of metric as a card names it.
public struct MetricKind: Sendable {
  public let name: String
  let make: @Sendable (inout CardSection) throws(DataError) -> any Metric
}

/// The metrics.
public enum MetricRegistry {
  public static let all: [MetricKind] = [
    MetricKind(name: "top-1") { (_) throws(DataError) in TopMetric(k: 1) },
    MetricKind(name: "top-5") { (_) throws(DataError) in TopMetric(k: 5) },
    MetricKind(name: "psnr") { (section) throws(DataError) in PSNRMetric(view: try MetricView(from: &section)) },
    MetricKind(name: "kept-psnr") { (section) throws(DataError) in KeptPSNRMetric(view: try MetricView(from: &section)) },
    MetricKind(name: "psnr-to-original") { (section) throws(DataError) in OriginalPSNRMetric(view: try MetricView(from: &section)) },
    MetricKind(name: "ssim") { (section) throws(DataError) in SSIMMetric(view: try MetricView(from: &section)) },
  ]

  static func make(from section: inout CardSection) throws(DataError) -> any Metric {
    let name = try section.text("kind")
    guard let kind = all.first(where: { $0.name == name }) else {
      throw section.error("kind", "must be one of: \(all.map(\.name).joined(separator: ", ")), not '\(name)'")
    }
    let metric = try kind.make(&section)
    try section.finish()
    return metric
  }
}
