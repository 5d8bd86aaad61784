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
  /// `TΣ = E[yx̂ᵀ] + εW`. `ε` is `options.ridge`, and the share of the weights in `joint`, times the mean eigenvalue of the covariance.
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
      let ridge = (options.ridge + criterion.filterShare) * metric.trace / Double(max(1, metric.rows))
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
}
