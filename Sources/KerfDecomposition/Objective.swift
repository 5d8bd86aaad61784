import KerfAlgebra

/// One group's problem: minimise `tr((T − Ŵ) Σ (T − Ŵ)ᵀ)` over the `Ŵ [n × d]` that a form can make.
struct Objective: Sendable {
  /// `T [n × d]`.
  let target: Matrix
  /// `Σ [d × d]`, positive definite through the ridge; `nil` is the identity.
  let metric: Matrix?
  /// `T Σ [n × d]`.
  let product: Matrix

  var rows: Int { target.rows }
  var columns: Int { target.columns }
  /// `tr(T Σ Tᵀ)`, the value at `Ŵ = 0`.
  var scale: Double { target.dot(product) }

  init(target: Matrix, metric: Matrix?, product: Matrix? = nil) {
    self.target = target
    self.metric = metric
    self.product = product ?? metric.map { target * $0 } ?? target
  }

  /// `tr((T − Ŵ) Σ (T − Ŵ)ᵀ)`.
  func value(_ candidate: Matrix) -> Double {
    let difference = target - candidate
    guard let metric else { return difference.squaredNorm }
    return (difference * metric).dot(difference)
  }

  /// The same problem with the patch elements in another order.
  func permuted(_ order: [Int]) -> Objective {
    if order == Array(0..<columns) { return self }
    return Objective(
      target: target.selectingColumns(order), metric: metric.map { $0.selectingRows(order).selectingColumns(order) },
      product: product.selectingColumns(order))
  }

  /// One objective a group.
  ///
  /// `data`: `Σ = cov(x) + εI`, `T = W`. `asymmetric`: `min E‖y − Ŵx̂‖² + ε‖Ŵ − W‖²`, hence `Σ = cov(x̂) + εI`,
  /// `TΣ = E[yx̂ᵀ] + εW`. `ε` is the mean eigenvalue of the covariance times `options.ridge` (unless given 0.01, or more where a
  /// few rows tell little of a covariance: `shrinkage`), and the share of the weights in `joint`.
  static func groups(
    of kernel: ConvolutionKernel, criterion: Criterion, options: SolverOptions, method: String
  ) throws(DecompositionError) -> [Objective] {
    try criterion.moments?.validate(for: kernel, method: method)
    guard kernel.weights.allSatisfy(\.isFinite) else {
      throw DecompositionError(.numerical, method: method, "the kernel holds NaN or infinity")
    }
    var result: [Objective] = []
    for group in 0..<kernel.groups {
      let weights = kernel.unfolded(group: group)
      guard let moments = criterion.moments, moments.covariances[group].trace > 0 else {
        result.append(Objective(target: weights, metric: nil))
        continue
      }
      var metric = moments.covariances[group].symmetrized
      let share = (options.ridge ?? max(1e-2, shrinkage(metric, rows: moments.rows))) + criterion.filterShare
      let ridge = share * metric.trace / Double(max(1, metric.rows))
      metric.addToDiagonal(ridge)
      if let cross = moments.crossCovariances?[group] {
        var product = cross
        product.add(ridge, weights)
        let target = try withMethod(method) { () throws(AlgebraError) in try metric.solvingRight(product) }
        result.append(Objective(target: target, metric: metric, product: product))
      } else {
        result.append(Objective(target: weights, metric: metric))
      }
    }
    return result
  }

  /// `ρ/(1 − ρ)`, with `ρ` the share of the identity that brings a sample covariance `S [d × d]` of `n` rows nearest to the one it stands for:
  ///
  ///     ρ = ((1 − 2/d) tr S² + tr² S) / ((n + 1 − 2/d)(tr S² − tr² S / d)),  at most 0.95
  ///
  /// The oracle-approximating shrinkage estimator. A hundred images tell a dense layer of a thousand inputs little of most directions: what a form of
  /// low rank leaves out there is not harmless because no image calibrated shows it.
  /// - Reference: Chen, Wiesel, Eldar & Hero, *Shrinkage Algorithms for MMSE Covariance Estimation*, IEEE Trans. Signal Processing 2010, eq. 23.
  static func shrinkage(_ covariance: Matrix, rows: Int) -> Double {
    let (d, n) = (Double(covariance.rows), Double(rows))
    let (square, trace) = (covariance.squaredNorm, covariance.trace)
    let spread = square - trace * trace / d
    // All directions alike: nothing to bring nearer.
    guard d > 1, n > 0, spread > 1e-12 * square else { return 0 }
    let share = min(0.95, ((1 - 2 / d) * square + trace * trace) / ((n + 1 - 2 / d) * spread))
    return max(0, share / (1 - share))
  }
}
