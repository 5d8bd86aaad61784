import KerfAlgebra

/// `Ŵ[n, s, c] = Σ_ab E[n, b] · G[b, s, a] · U[a, c]`, here with `inner` the channels and `outer` the kernel's elements.
struct TuckerFactors {
  /// `U [K1 × C]`.
  let input: Matrix
  /// `G [K2 × S·K1]`, `s`-major.
  let core: Matrix
  /// `E [n × K2]`.
  let output: Matrix
}

extension TwoFactorProblem {
  /// Higher-order orthogonal iteration without a metric: HOSVD start, then alternate the leading eigenvectors of the two partly
  /// compressed unfoldings until the energy of the core stands still.
  func orthogonalIteration(options: SolverOptions) throws(AlgebraError) -> TuckerFactors {
    let n = objective.rows
    let bound = outerRank ?? n
    let target = objective.target  // [n × s·c]
    let view = target.reshaped(n * outer, inner)
    var u = try SymmetricEigen(view.gram).vectors.rowSlice(0..<rank)
    var basis = Matrix.zeros(bound, n)
    var energy = -1.0
    for _ in 0..<max(1, 5 * options.sweeps) {
      let compressed = view.timesTransposed(u).reshaped(n, outer * rank)
      let eigen = try SymmetricEigen(compressed.timesTransposed(compressed).symmetrized)
      basis = eigen.vectors.rowSlice(0..<bound)
      let kept = eigen.values.prefix(bound).reduce(0, +)
      let narrowed = (basis * target).reshaped(bound * outer, inner)
      u = try SymmetricEigen(narrowed.gram).vectors.rowSlice(0..<rank)
      if kept - energy <= 1e-8 * kept { break }
      energy = kept
    }
    let core = (basis * target).reshaped(bound * outer, inner).timesTransposed(u).reshaped(bound, outer * rank)
    return TuckerFactors(input: u, core: core, output: basis.transposed)
  }

  /// The weighted problem: `alternate` with `P` of rank `K2`, then `P = E G`.
  func weightedTucker(options: SolverOptions, start: Solution? = nil) throws(AlgebraError) -> TuckerFactors {
    guard let metric = objective.metric else { return try orthogonalIteration(options: options) }
    let bound = outerRank ?? objective.rows
    let solution = try alternate(metric, from: starts(metric, smaller: start), options: options)
    // Gauge: U with orthonormal rows, E with orthonormal columns.
    let qr = try QR(solution.inner.transposed)  // Uᵀ = Q R, U = Rᵀ Qᵀ
    let p = solution.outer.reshaped(objective.rows * outer, rank).timesTransposed(qr.r).reshaped(objective.rows, outer * rank)
    let basis = try SymmetricEigen(p.timesTransposed(p).symmetrized).vectors.rowSlice(0..<bound)
    return TuckerFactors(input: qr.q.transposed, core: basis * p, output: basis.transposed)
  }
}
