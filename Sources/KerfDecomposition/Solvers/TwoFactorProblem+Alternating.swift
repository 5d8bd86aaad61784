import KerfAlgebra

extension TwoFactorProblem {
  /// `Y = (I_S ⊗ U) Σ`, rows `(s, k)`: `S` products `[K × A]·[A × d]`.
  private func image(_ u: Matrix, _ metric: Matrix) -> Matrix {
    var result = Matrix.zeros(outer * rank, metric.columns)
    for s in 0..<outer {
      result.multiplyAdd(
        u.block, metric.block(rows: s * inner..<(s + 1) * inner, columns: 0..<metric.columns), row: s * rank)
    }
    return result
  }

  /// `Z ↦ Z (I_S ⊗ U)ᵀ`: the columns `(s, a)` of a matrix contracted with `U` to `(s, k)`.
  private func contracted(_ z: Matrix, _ u: Matrix) -> Matrix {
    z.reshaped(z.rows * outer, inner).timesTransposed(u).reshaped(z.rows, outer * rank)
  }

  /// Alternating weighted least squares from the best of some inner factors; ends with the exact outer factor.
  func alternate(_ metric: Matrix, from starts: [Matrix], options: SolverOptions) throws(AlgebraError) -> Solution {
    let separable = separableMetric(metric)
    let innerFactor = try? Cholesky(separable.inner)
    var u = starts[0]
    var y = image(u, metric)
    var p = try outerFactor(u, y)
    for start in starts.dropFirst() {
      let startImage = image(start, metric)
      let factor = try outerFactor(start, startImage)
      if factor.value > p.value { (u, y, p) = (start, startImage, factor) }
    }
    var value = max(objective.scale - p.value, 0)
    for _ in 0..<options.sweeps {
      let gram = p.factor.gram
      let preconditioner = try? Cholesky(rankMetric(gram, separable.outer))
      improve(&u, &y, outer: p.factor, gram: gram, metric: metric, steps: options.innerSteps) { residual in
        guard let preconditioner, let innerFactor else { return residual }
        return innerFactor.solveRight(preconditioner.solve(residual))
      }
      p = try outerFactor(u, y)
      let next = max(objective.scale - p.value, 0)
      let gain = value - next
      value = next
      if gain <= options.tolerance * value || value <= 1e-14 * objective.scale { break }
    }
    return Solution(outer: p.factor, inner: u, value: value)
  }

  /// The exact outer factor `P = TΣBᵀ (BΣBᵀ)⁻¹`, `B = I_S ⊗ U`, projected to `outerRank`; `value = ⟨TΣBᵀ, P⟩`.
  private func outerFactor(_ u: Matrix, _ y: Matrix) throws(AlgebraError) -> (factor: Matrix, value: Double) {
    let right = contracted(objective.product, u)
    let gram = contracted(y, u).symmetrized
    let full = try gram.solvingRight(right)
    guard let outerRank, outerRank < full.rows else { return (full, right.dot(full)) }
    // Reduced-rank regression: P = E Eᵀ P*, E the leading eigenvectors of P* (BΣBᵀ) P*ᵀ.
    let basis = try SymmetricEigen(right.timesTransposed(full).symmetrized).vectors.rowSlice(0..<outerRank)
    let projected = basis.transposedTimes(basis * full)
    return (projected, right.dot(projected))
  }

  /// `L = Σ_ss' c_ss' P_sᵀ P_s' [K × K]` from the Gram matrix of `P`, lifted a little: `L ⊗ R` approximates `U`'s Hessian.
  private func rankMetric(_ gram: Matrix, _ weights: Matrix) -> Matrix {
    var result = Matrix.zeros(rank, rank)
    for s in 0..<outer {
      for t in 0..<outer {
        for i in 0..<rank {
          for j in 0..<rank { result[i, j] += weights[s, t] * gram[s * rank + i, t * rank + j] }
        }
      }
    }
    result = result.symmetrized
    result.addToDiagonal(1e-8 * result.trace / Double(max(rank, 1)))
    return result
  }

  /// A few conjugate-gradient steps on `U`: gradient `Σ_s A_{s·} Y_{·s} − Σ_s P_sᵀ(TΣ)_s`, `A = PᵀP`.
  private func improve(
    _ u: inout Matrix, _ y: inout Matrix, outer p: Matrix, gram: Matrix, metric: Matrix, steps: Int,
    precondition: (Matrix) -> Matrix
  ) {
    func hessian(_ image: Matrix) -> Matrix {
      var result = Matrix.zeros(rank, inner)
      for s in 0..<outer {
        result.multiplyAdd(
          gram.block(rows: s * rank..<(s + 1) * rank, columns: 0..<gram.columns),
          image.block(rows: 0..<image.rows, columns: s * inner..<(s + 1) * inner))
      }
      return result
    }
    let constant = p.reshaped(p.rows * outer, rank).transposedTimes(objective.product.reshaped(p.rows * outer, inner))
    ConjugateGradients.improve(
      &u, image: &y, gradient: hessian(y) - constant, steps: steps,
      apply: { direction in
        let directionImage = image(direction, metric)
        return (hessian(directionImage), directionImage)
      }, precondition: precondition)
  }
}
