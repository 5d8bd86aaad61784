import KerfAlgebra

/// `min ‖(T − Ŵ) Σ^{1/2}‖_F` over the chains of some convolutions, for forms without a solver of their own in that metric: each factor in turn by a few
/// preconditioned conjugate-gradient steps, which never raise the objective. `N·d²` multiply-adds a step.
///
/// With `R [m × (c, k_R)]` what stands before the factor `F` and `S [n × (o, k_S)]` what stands behind it,
/// `Ŵ[n, c, k] = Σ S[n, o, k_S] F[o, m, k_F] R[m, c, k_R]` is linear in `F`.
struct ChainProblem {
  /// Patch elements `(c, k…)` row-major, as in the kernel's unfolding.
  let objective: Objective
  let channels: Int

  func product(_ factors: [ChainFactor]) -> Matrix { composed(factors[...], axes: factors[0].spatial.count).kernel }

  func value(_ factors: [ChainFactor]) -> Double { objective.value(product(factors)) }

  /// Improves a chain from where it is, or another one that is better.
  func improve(_ start: [ChainFactor], or other: [ChainFactor]? = nil, options: SolverOptions) -> [ChainFactor] {
    var factors = balanced(other.flatMap { self.value($0) < self.value(start) ? $0 : nil } ?? start)
    var value = value(factors)
    for _ in 0..<options.sweeps {
      for place in factors.indices.reversed() where factors[place].selection == nil {
        improve(place, of: &factors, steps: options.innerSteps)
      }
      factors = balanced(factors)
      let next = self.value(factors)
      let gain = value - next
      value = next
      if gain <= options.tolerance * value || value <= 1e-14 * objective.scale { break }
    }
    return factors
  }

  /// The chain with the best last factor for the others as they are.
  func refit(_ start: [ChainFactor]) -> [ChainFactor] {
    var factors = start
    improve(factors.count - 1, of: &factors, steps: 8)
    return factors
  }

  private func composed(_ factors: ArraySlice<ChainFactor>, axes: Int, channels count: Int? = nil) -> (kernel: Matrix, extents: [Int]) {
    let count = count ?? channels
    var (current, extents) = (Matrix.identity(count), [Int](repeating: 1, count: axes))
    for factor in factors { (current, extents) = factor.composed(after: current, extents: extents, channels: count) }
    return (current, extents)
  }

  /// The same product, the factors' norms equal.
  private func balanced(_ factors: [ChainFactor]) -> [ChainFactor] {
    let norms = factors.filter { $0.selection == nil }.map { $0.blocks.reduce(0) { $0 + $1.squaredNorm }.squareRoot() }
    guard norms.allSatisfy({ $0 > 0 && $0.isFinite }) else { return factors }
    let mean = power(norms.reduce(1, *), 1 / Double(norms.count))
    guard mean > 0, mean.isFinite else { return factors }
    var rest = norms[...]
    return factors.map { factor in
      if factor.selection != nil { return factor }
      let norm = rest.removeFirst()
      return ChainFactor(blocks: factor.blocks.map { (mean / norm) * $0 }, spatial: factor.spatial)
    }
  }

  private func improve(_ place: Int, of factors: inout [ChainFactor], steps: Int) {
    let factor = factors[place]
    let axes = factor.spatial.count
    let before = composed(factors[..<place], axes: axes)
    let behind = composed(factors[(place + 1)...], axes: axes, channels: factor.outputs)
    let slot = Slot(
      factor: factor, before: before.kernel, behind: behind.kernel, extents: (before.extents, behind.extents), channels: channels,
      rows: objective.rows)
    var stacked = factor.stacked
    var image = weighted(slot.lift(stacked))
    let precondition = slot.preconditioner(objective.metric)
    ConjugateGradients.improve(
      &stacked, image: &image, gradient: slot.adjoint(image - objective.product), steps: steps,
      apply: { direction in
        let image = weighted(slot.lift(direction))
        return (slot.adjoint(image), image)
      },
      precondition: precondition)
    factors[place].stacked = stacked
  }

  private func weighted(_ kernel: Matrix) -> Matrix { objective.metric.map { kernel * $0 } ?? kernel }
}

/// One factor's place in a chain: the linear map from its weights to the chain's kernel.
private struct Slot {
  let factor: ChainFactor
  /// `R [m × (c, k_R)]`
  let before: Matrix
  /// `S [n × (o, k_S)]`
  let behind: Matrix
  let extents: (before: [Int], behind: [Int])
  let channels, rows: Int

  private var counts: (before: Int, behind: Int) { (extents.before.reduce(1, *), extents.behind.reduce(1, *)) }

  /// `F ↦ Ŵ [n × (c, k…)]`; `F`'s blocks one below the other.
  func lift(_ weights: Matrix) -> Matrix {
    var moved = factor
    moved.stacked = weights
    let (inner, wide) = moved.composed(after: before, extents: extents.before, channels: channels)
    return ChainFactor(blocks: [behind], spatial: extents.behind).composed(after: inner, extents: wide, channels: channels).0
  }

  /// `G [n × (c, k…)] ↦ Σ S[n, o, k_S] G[n, c, k] R[m, c, k_R]` where `F` has weights.
  func adjoint(_ gradient: Matrix) -> Matrix {
    let (first, last) = counts
    let taps = factor.taps
    let place = ChainFactor.combinedTaps([extents.before, factor.spatial, extents.behind])
    let all = first * taps * last
    // Rows (n, k_S, k_F), columns (c, k_R).
    var sorted = [Double](repeating: 0, count: gradient.elements.count)
    for n in 0..<rows {
      for s in 0..<last {
        for t in 0..<taps {
          let row = ((n * last + s) * taps + t) * channels * first
          for c in 0..<channels {
            for r in 0..<first {
              sorted[row + c * first + r] = gradient.elements[(n * channels + c) * all + place[(r * taps + t) * last + s]]
            }
          }
        }
      }
    }
    let inputs = before.rows
    // [(n, k_S) × (k_F, m)]
    let half = Matrix(sorted, rows: rows * last * taps, columns: channels * first).timesTransposed(before)
      .reshaped(rows * last, taps * inputs)
    // S as [(n, k_S) × o].
    let outputs = factor.outputs
    let turned = Matrix(
      DenseTensor(behind.elements, shape: [rows, outputs, last]).permuted([0, 2, 1]).elements, rows: rows * last, columns: outputs)
    let full = turned.transposedTimes(half)  // [o × (k_F, m)]
    let (o, i) = (factor.outputsPerBlock, factor.inputsPerBlock)
    var result = Matrix.zeros(outputs, i * taps)
    for output in 0..<outputs {
      let block = output / o
      for input in 0..<i {
        for t in 0..<taps { result[output, input * taps + t] = full[output, t * inputs + block * i + input] }
      }
    }
    return result
  }

  /// About the inverse of `F ↦ adjoint(lift(F) Σ)`: `(Σ_kS SᵀS)⁻¹` on the outputs and `(R Σ Rᵀ)⁻¹` on the inputs, for grouped factors their
  /// diagonals.
  func preconditioner(_ metric: Matrix?) -> (Matrix) -> Matrix {
    let (first, last) = counts
    let outputs = factor.outputs
    let turned = Matrix(
      DenseTensor(behind.elements, shape: [rows, outputs, last]).permuted([0, 2, 1]).elements, rows: rows * last, columns: outputs)
    var left = turned.gram
    var right: Matrix
    if let metric {
      let place = ChainFactor.combinedTaps([extents.before, factor.spatial, extents.behind])
      let all = place.count
      let own = (0..<channels).flatMap { c in (0..<first).map { r in c * all + place[r * factor.taps * last] } }
      right = (before * metric.selectingRows(own).selectingColumns(own)).timesTransposed(before).symmetrized
    } else {
      right = before.timesTransposed(before).symmetrized
    }
    left.addToDiagonal(1e-8 * left.trace / Double(max(1, left.rows)) + .leastNormalMagnitude)
    right.addToDiagonal(1e-8 * right.trace / Double(max(1, right.rows)) + .leastNormalMagnitude)
    let (taps, o, i) = (factor.taps, factor.outputsPerBlock, factor.inputsPerBlock)
    if factor.blocks.count == 1, let left = try? Cholesky(left), let right = try? Cholesky(right) {
      return { residual in
        // [o × (m, t)] → [(o, t) × m] and back.
        let byTap = DenseTensor(residual.elements, shape: [outputs, i, taps]).permuted([0, 2, 1]).elements
        let solved = right.solveRight(Matrix(byTap, rows: outputs * taps, columns: i))
        let back = DenseTensor(solved.elements, shape: [outputs, taps, i]).permuted([0, 2, 1]).elements
        return left.solve(Matrix(back, rows: outputs, columns: i * taps))
      }
    }
    let (rowScales, columnScales) = (left.diagonal, right.diagonal)
    return { residual in
      var result = residual
      for output in 0..<outputs {
        for input in 0..<i {
          let scale = rowScales[output] * columnScales[output / o * i + input]
          for t in 0..<taps { result.elements[(output * i + input) * taps + t] /= scale }
        }
      }
      return result
    }
  }
}
