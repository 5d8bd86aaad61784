import KerfAlgebra

/// How far a form is from the layer it replaces.
extension LayerForm {
  /// `‖W − Ŵ‖_F / ‖W‖_F`, a fraction; the *fit* is 1 minus this.
  public func kernelError(replacing kernel: ConvolutionKernel) -> Double {
    var (difference, total) = (0.0, 0.0)
    for (group, candidate) in reconstructedUnfoldings(groups: kernel.groups).enumerated() {
      let weights = kernel.unfolded(group: group)
      difference += (weights - candidate).squaredNorm
      total += weights.squaredNorm
    }
    return total > 0 ? (difference / total).squareRoot() : difference.squareRoot()
  }

  /// The relative error of the response, `E‖y − ŷ‖² / E‖y − ȳ‖²` (a share of energy), `ŷ = Ŵx̂ + b̂`.
  ///
  /// `E‖y − ŷ‖² = E‖y−ȳ‖² − 2⟨Ŵ, cov(y, x̂)⟩ + tr(Ŵ cov(x̂) Ŵᵀ) + ‖ȳ − Ŵ·mean − b̂‖²`; with `y = Wx̂ + b` the first three
  /// terms are `tr((W−Ŵ) cov(x̂) (W−Ŵ)ᵀ)`.
  public func responseError(replacing kernel: ConvolutionKernel, moments: Moments) throws(DecompositionError) -> Double {
    try moments.validate(for: kernel, method: method)
    let candidates = reconstructedUnfoldings(groups: kernel.groups)
    var error = moments.crossCovariances == nil ? 0 : moments.responseVariance
    for (group, candidate) in candidates.enumerated() {
      let covariance = moments.covariances[group]
      if let cross = moments.crossCovariances?[group] {
        error += (candidate * covariance).dot(candidate) - 2 * candidate.dot(cross)
      } else {
        let difference = kernel.unfolded(group: group) - candidate
        error += (difference * covariance).dot(difference)
      }
    }
    let bias = self.bias
    for (output, mean) in Self.meanResponse(candidates, moments: moments).enumerated() {
      let difference = moments.responseMean[output] - mean - Double(bias?[output] ?? 0)
      error += difference * difference
    }
    // In this order NaN stays NaN.
    return max(error, 0) / max(moments.responseVariance, .leastNormalMagnitude)
  }

  /// `Ŵ · mean(x̂)` `[N]`.
  static func meanResponse(_ unfoldings: [Matrix], moments: Moments) -> [Double] {
    var result: [Double] = []
    for (group, candidate) in unfoldings.enumerated() {
      let d = candidate.columns
      let patch = Matrix(Array(moments.mean[group * d..<(group + 1) * d]), rows: d, columns: 1)
      result += (candidate * patch).elements
    }
    return result
  }

  /// The form with the bias that keeps the mean response: `b̂ = ȳ − Ŵ·mean(x̂)`; with `filter` the original bias.
  func biasCorrected(for kernel: ConvolutionKernel, criterion: Criterion) -> LayerForm {
    guard let moments = criterion.moments else { return withBias(kernel.bias) }
    let response = Self.meanResponse(reconstructedUnfoldings(groups: kernel.groups), moments: moments)
    return withBias(zip(moments.responseMean, response).map { Float($0 - $1) })
  }
}
