import KerfAlgebra

/// `min ‖(T − Ŵ) Σ^{1/2}‖_F` over `Ŵ[n, s, a] = Σ_k P[n, s, k] · U[k, a]`: the patch's elements split in inner ones `a`, which the
/// first convolution reads, and outer ones `s`, which the last one reads.
///
/// `channel` is `a = (c, k…)`, no `s`; `channel-in` `a = c`, `s = (k…)`; `spatial` `a = (c, ky)`, `s = kx` or the other way
/// round; `tucker2` is `channel-in` with `P [n × s·k]` itself of low rank (`outerRank`).
///
/// Read as a matrix `[n·s × a]` the constraint is plain rank `K`, so without a metric the truncated SVD is the global optimum, and
/// with one it is where no `s` is left. Otherwise alternate: `P` exactly by its normal equations (one `SK × SK` Gram matrix for all
/// outputs), `U` by a few preconditioned conjugate-gradient steps. Both work on `Y = (I_S ⊗ U) Σ` alone: `K·d²` multiply-adds a
/// step, independent of `N`.
struct TwoFactorProblem {
  /// In the order `(s, a)`: element `s·A + a`.
  let objective: Objective
  let inner: Int
  let outer: Int
  let rank: Int
  /// Bound on the rank of `P [n × S·K]`, `nil` for none.
  var outerRank: Int?

  struct Solution {
    /// `[n × S·K]`, `s`-major.
    var outer: Matrix
    /// `[K × A]`.
    var inner: Matrix
    /// `tr((T − Ŵ) Σ (T − Ŵ)ᵀ)`.
    var value: Double
  }

  private var n: Int { objective.rows }

  /// The closed-form or alternating solution.
  ///
  /// - Parameter start: a solution to go on from; of a smaller rank, it competes with the solver's own start.
  func solve(options: SolverOptions, start: Solution? = nil) throws(AlgebraError) -> Solution {
    guard let metric = objective.metric else { return try truncated() }
    if outer == 1 && outerRank == nil { return try reducedRankRegression() }
    return try alternate(metric, from: starts(metric, smaller: start), options: options)
  }

  /// Inner factors `[K × A]` to start from: the whitened one, and the given one grown to rank `K` by the leading directions of what
  /// it leaves over.
  func starts(_ metric: Matrix, smaller: Solution?) throws(AlgebraError) -> [Matrix] {
    guard let smaller, smaller.inner.columns == inner, smaller.inner.rows <= rank else { return [try whitenedStart(metric)] }
    let missing = rank - smaller.inner.rows
    if missing == 0 { return [smaller.inner] }
    let rest = Objective(target: objective.target - smaller.product(inner: inner), metric: metric)
    let added = try TwoFactorProblem(objective: rest, inner: inner, outer: outer, rank: missing).whitenedStart(metric)
    let grown = Matrix(smaller.inner.elements + added.elements, rows: rank, columns: inner)
    return [try whitenedStart(metric), grown]
  }

  /// `T` as `[n·s × a]`, truncated: `U = √S_K V_Kᵀ`, `P = U_K √S_K`.
  private func truncated() throws(AlgebraError) -> Solution {
    let svd = try SingularValueDecomposition(objective.target.reshaped(n * outer, inner))
    let roots = svd.values[..<rank].map { $0.squareRoot() }
    return Solution(
      outer: svd.u.columnSlice(0..<rank).scalingColumns(roots).reshaped(n, outer * rank),
      inner: svd.vt.rowSlice(0..<rank).scalingRows(roots), value: svd.values[rank...].reduce(0) { $0 + $1 * $1 })
  }

  /// No outer elements: the optimum is `E Eᵀ T`, `E` the leading eigenvectors of `T Σ Tᵀ`, the response's covariance.
  ///
  /// - Reference: Zhang et al., TPAMI 2016, §3.1; equal to the SVD of `T Σ^{1/2}` mapped back.
  private func reducedRankRegression() throws(AlgebraError) -> Solution {
    let eigen = try SymmetricEigen(objective.target.timesTransposed(objective.product).symmetrized)
    let basis = eigen.vectors.rowSlice(0..<rank)
    return try Solution(
      outer: basis.transposed, inner: basis * objective.target, value: eigen.values[rank...].reduce(0) { $0 + max($1, 0) }
    ).balanced(inner: inner)
  }

  /// `R = mean over s of Σ_ss [A × A]` and `c_ss' = ⟨Σ_ss', R⟩ / ⟨R, R⟩ [S × S]`: the metric is about `c ⊗ R`.
  func separableMetric(_ metric: Matrix) -> (inner: Matrix, outer: Matrix) {
    var mean = Matrix.zeros(inner, inner)
    for s in 0..<outer {
      for row in 0..<inner {
        let base = (s * inner + row) * metric.columns + s * inner
        for column in 0..<inner { mean.elements[row * inner + column] += metric.elements[base + column] / Double(outer) }
      }
    }
    let norm = max(mean.squaredNorm, .leastNormalMagnitude)
    var weights = Matrix.zeros(outer, outer)
    for s in 0..<outer {
      for t in 0..<outer {
        var sum = 0.0
        for row in 0..<inner {
          let base = (s * inner + row) * metric.columns + t * inner
          for column in 0..<inner { sum += metric.elements[base + column] * mean.elements[row * inner + column] }
        }
        weights[s, t] = sum / norm
      }
    }
    return (mean, weights.symmetrized)
  }

  /// The leading right vectors of `(c ⊗ R)^{1/2}`-weighted `T`, mapped back: `U = V_Kᵀ R^{-1/2}`.
  func whitenedStart(_ metric: Matrix) throws(AlgebraError) -> Matrix {
    let separable = separableMetric(metric)
    let (root, inverse) = try separable.inner.rootAndInverseRoot()
    // ⟨T_s, T_t⟩ weighted by c: Σ_st c_st T_sᵀ T_t, then R^{1/2} on both sides.
    let view = objective.target
    var gram = Matrix.zeros(inner, inner)
    for s in 0..<outer {
      var mixed = Matrix.zeros(n, inner)
      for t in 0..<outer {
        let weight = separable.outer[s, t]
        for row in 0..<n {
          let base = row * view.columns + t * inner
          for column in 0..<inner { mixed.elements[row * inner + column] += weight * view.elements[base + column] }
        }
      }
      gram.multiplyAdd(view.block(rows: 0..<n, columns: s * inner..<(s + 1) * inner).transposed, mixed.block)
    }
    let eigen = try SymmetricEigen((root * gram * root).symmetrized)
    return eigen.vectors.rowSlice(0..<rank) * inverse
  }
}

extension TwoFactorProblem.Solution {
  /// `Ŵ [n × S·A]`.
  func product(inner size: Int) -> Matrix {
    let rank = inner.rows
    let view = outer.reshaped(outer.elements.count / max(rank, 1), rank)
    return (view * inner).reshaped(outer.rows, view.rows / max(outer.rows, 1) * size)
  }

  /// The same product with orthogonal factors of equal norms (the SVD of the product), good for float32 and quantization.
  func balanced(inner size: Int) throws(AlgebraError) -> TwoFactorProblem.Solution {
    let rank = inner.rows
    let view = outer.reshaped(outer.elements.count / max(rank, 1), rank)
    guard view.rows >= rank, size >= rank else { return self }
    let (left, right) = (try QR(view), try QR(inner.transposed))
    let svd = try SingularValueDecomposition(left.r.timesTransposed(right.r))
    let roots = svd.values.map { $0.squareRoot() }
    return TwoFactorProblem.Solution(
      outer: (left.q * svd.u.scalingColumns(roots)).reshaped(outer.rows, outer.columns),
      inner: (svd.vt.scalingRows(roots)).timesTransposed(right.q), value: value)
  }
}
