import KerfAlgebra

/// First and second moments of a layer's input patches `x̂` and of the original response `y`, over sampled output positions.
///
/// A patch's elements are in the order of the kernel's unfolding: `(c, k…)` row-major, the groups' channels one after the other;
/// padding contributes the zeros that the convolution sees.
public struct Moments: Sendable {
  /// For each group `cov(x̂) [d × d]`, `d = C/g·∏k`: centred, symmetric positive semidefinite.
  public let covariances: [Matrix]
  /// Mean patch `[C·∏k]`.
  public let mean: [Double]
  /// For each group `E[(y−ȳ)(x̂−mean)ᵀ] [N/g × d]`; `nil` where `y = W x̂ + b`.
  public let crossCovariances: [Matrix]?
  /// `ȳ [N]`, with the original bias in it.
  public let responseMean: [Double]
  /// `E‖y − ȳ‖²`, summed over the `N` outputs.
  public let responseVariance: Double
  /// Positions sampled.
  public let rows: Int

  public init(
    covariances: [Matrix], mean: [Double], crossCovariances: [Matrix]? = nil, responseMean: [Double], responseVariance: Double,
    rows: Int
  ) {
    self.covariances = covariances
    self.mean = mean
    self.crossCovariances = crossCovariances
    self.responseMean = responseMean
    self.responseVariance = responseVariance
    self.rows = rows
  }

  /// The moments of plain `data` calibration: the response's follow from the patches' and the kernel.
  ///
  /// - Parameter patches: for each group the accumulated patches of that group's channels.
  public init(patches: [SecondMoment], kernel: ConvolutionKernel) {
    let covariances = patches.map(\.covariance)
    let mean = patches.flatMap(\.mean)
    var responseMean: [Double] = []
    var variance = 0.0
    for group in 0..<kernel.groups {
      let weights = kernel.unfolded(group: group)
      let covariance = covariances[group]
      let patch = Matrix(patches[group].mean, rows: covariance.rows, columns: 1)
      responseMean += (weights * patch).elements
      variance += (weights * covariance).dot(weights)
    }
    if let bias = kernel.bias { for index in responseMean.indices { responseMean[index] += Double(bias[index]) } }
    self.init(
      covariances: covariances, mean: mean, responseMean: responseMean, responseVariance: variance, rows: patches.first?.rows ?? 0)
  }

  /// The moments of `asymmetric` calibration, from accumulated pairs `(x̂, y)`: the compressed network's input patch followed by
  /// the original response.
  ///
  /// - Parameter pairs: for each group vectors of length `d + N/g`.
  public init(pairs: [SecondMoment], kernel: ConvolutionKernel) {
    let d = kernel.unfoldedColumns
    let covariances = pairs.map(\.covariance)
    let patch = Array(0..<d)
    let response = Array(d..<d + kernel.outputsPerGroup)
    self.init(
      covariances: covariances.map { $0.selectingRows(patch).selectingColumns(patch) }, mean: pairs.flatMap { $0.mean.prefix(d) },
      crossCovariances: covariances.map { $0.selectingRows(response).selectingColumns(patch) },
      responseMean: pairs.flatMap { $0.mean.dropFirst(d) },
      responseVariance: covariances.reduce(0) { $0 + $1.diagonal.dropFirst(d).reduce(0, +) }, rows: pairs.first?.rows ?? 0)
  }

  /// Checks every shape against the kernel's.
  func validate(for kernel: ConvolutionKernel, method: String) throws(DecompositionError) {
    func require(_ condition: Bool, _ message: @autoclosure () -> String) throws(DecompositionError) {
      if !condition { throw DecompositionError(.momentsMismatch, method: method, message()) }
    }
    let d = kernel.unfoldedColumns
    let n = kernel.outputsPerGroup
    try require(covariances.count == kernel.groups, "\(covariances.count) covariances for \(kernel.groups) groups")
    for covariance in covariances {
      try require(
        covariance.rows == d && covariance.columns == d, "covariance \(covariance.rows)×\(covariance.columns), patches have \(d) elements")
    }
    try require(mean.count == d * kernel.groups, "mean of \(mean.count) elements, patches have \(d * kernel.groups)")
    try require(responseMean.count == kernel.outputs, "\(responseMean.count) response means for \(kernel.outputs) outputs")
    if let cross = crossCovariances {
      try require(
        cross.count == kernel.groups && cross.allSatisfy { $0.rows == n && $0.columns == d },
        "cross covariances \(cross.map { "\($0.rows)×\($0.columns)" }), not \(kernel.groups) of \(n)×\(d)")
    }
    try require(
      covariances.allSatisfy(\.isFinite) && mean.allSatisfy(\.isFinite) && (crossCovariances ?? []).allSatisfy(\.isFinite)
        && responseMean.allSatisfy(\.isFinite) && responseVariance.isFinite,
      "moments hold NaN or infinity")
  }
}
