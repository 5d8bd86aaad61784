/// Structural similarity: the mean over window places inside the picture, then over channels, of
///
///     (2 μₓ μᵧ + C₁)(2 σₓᵧ + C₂) / ((μₓ² + μᵧ² + C₁)(σₓ² + σᵧ² + C₂)),   C₁ = (0.01 · 255)², C₂ = (0.03 · 255)²
///
/// with means and (co)variances weighted by a Gaussian window of 11 × 11 and standard deviation 1.5 that sums to 1; 1 for equal pictures.
///
/// - Reference: Z. Wang, A. Bovik, H. Sheikh, E. Simoncelli, Image quality assessment, IEEE TIP 2004, §III.
public struct SSIMMetric: Metric {
  public let view: MetricView
  public var name: String { "ssim" }
  public var unit: String { "" }
  public var judgesImages: Bool { true }

  public init(view: MetricView) { self.view = view }

  public func score(_ output: [Float], shape: [Int], target: Target, original: [Float]?, rules: OutputRules) throws(DataError) -> Double {
    let (given, wanted) = try view.pair(output, shape: shape, target: target, rules: rules, name: name)
    guard given.width >= Self.window.count, given.height >= Self.window.count else {
      throw DataError(.mismatch, "ssim needs pictures of at least 11×11 pixels, not \(given.width)×\(given.height)")
    }
    var sum = 0.0
    for (plane, other) in zip(given.planes, wanted.planes) { sum += similarity(plane, other, width: given.width, height: given.height) }
    return sum / Double(given.planes.count)
  }

  private func similarity(_ x: [Double], _ y: [Double], width: Int, height: Int) -> Double {
    let mean = { (values: [Double]) in Self.blur(values, width: width, height: height) }
    let (meanX, meanY) = (mean(x), mean(y))
    let (squareX, squareY) = (mean(zip(x, x).map(*)), mean(zip(y, y).map(*)))
    let product = mean(zip(x, y).map(*))
    let (c1, c2) = (6.5025, 58.5225)
    var sum = 0.0
    for index in meanX.indices {
      let (a, b) = (meanX[index], meanY[index])
      let covariance = product[index] - a * b
      let variances = squareX[index] - a * a + squareY[index] - b * b
      sum += (2 * a * b + c1) * (2 * covariance + c2) / ((a * a + b * b + c1) * (variances + c2))
    }
    return sum / Double(meanX.count)
  }

  /// e^(−d² / (2 · 1.5²)) for d = −5...5, scaled to the sum 1.
  private static let window: [Double] = {
    let weights = (-5...5).map { Transcendental.exp(-Double($0 * $0) / 4.5) }
    let sum = weights.reduce(0, +)
    return weights.map { $0 / sum }
  }()

  /// The window's mean at each place where it fits, `[height − 10, width − 10]`.
  private static func blur(_ values: [Double], width: Int, height: Int) -> [Double] {
    let columns = width - window.count + 1
    let rows = height - window.count + 1
    var across = [Double](repeating: 0, count: columns * height)
    for row in 0..<height {
      for (tap, weight) in window.enumerated() {
        for column in 0..<columns { across[row * columns + column] += weight * values[row * width + column + tap] }
      }
    }
    var result = [Double](repeating: 0, count: columns * rows)
    for row in 0..<rows {
      for (tap, weight) in window.enumerated() {
        for column in 0..<columns { result[row * columns + column] += weight * across[(row + tap) * columns + column] }
      }
    }
    return result
  }
}
