import KerfAlgebra

/// What error-preserving correction lowers.
public enum CPCorrection: String, Sendable, Codable, CaseIterable {
  /// `Σ_k ‖term_k‖²`: terms that cancel each other shrink.
  case norm
  /// `Σ_m I_m tr(⊛_{q≠m} A_q A_qᵀ)`: what noise of the factors does to the kernel.
  case sensitivity
}

/// Lowers the norm or the sensitivity of a decomposition while its error stays what it is.
///
/// For one factor with the others fixed both are `Σ_k w_k ‖a_k‖²` and a constant. With `Ã = diag(√w) A` the problem
/// `min ‖Ã‖² s.t. ‖T − Ŵ‖ ≤ δ` has the solution `Ã(λ) = (G̃ + λI)⁻¹ M̃`, `G̃ = D G D`, `M̃ = D M`, `D = diag(1/√w)`; the error grows with `λ`, which a
/// bisection finds after one eigendecomposition of `G̃`. Everything is `K × K` and MTTKRP.
///
/// - Reference: Phan et al., *Stable Low-rank Tensor Decomposition for Compression of Convolutional Neural Network*, ECCV 2020.
struct ErrorPreservingCorrection {
  let goal: CPCorrection
  /// Extents of the modes before compression.
  let sizes: [Int]
  /// Sweeps over all factors, at most.
  var sweeps = 60

  /// - Parameter slack: the error may rise by this share of itself.
  func improve(_ start: CPFactors, of tensor: CPTensor, slack: Double = 1e-4) throws(AlgebraError) -> CPFactors {
    var current = start.balanced
    let bound = tensor.error(current) * (1 + slack)
    var best = current
    var value = measure(current.modes)
    for _ in 0..<sweeps {
      for mode in current.modes.indices {
        var modes = current.modes
        modes[mode] = try updated(mode, modes, product: tensor.products(current)[mode], total: tensor.total, bound: bound)
        current = CPFactors(modes: modes)
      }
      current = current.balanced
      let next = measure(current.modes)
      guard next.isFinite, next < value, tensor.error(current) <= bound * (1 + 1e-9) + 1e-14 * tensor.total else { break }
      best = current
      let gain = (value - next) / value
      value = next
      if gain < 1e-4 { break }
    }
    return best
  }

  private func measure(_ modes: [Matrix]) -> Double {
    let quality = CPQuality(modes, sizes: sizes)
    return goal == .norm ? quality.norm : quality.sensitivity
  }

  private func updated(_ mode: Int, _ modes: [Matrix], product: Matrix, total: Double, bound: Double) throws(AlgebraError) -> Matrix {
    let grams = modes.map { $0.timesTransposed($0).symmetrized }
    let weights = weights(grams, mode: mode)
    guard weights.allSatisfy({ $0 > 0 && $0.isFinite }) else { return modes[mode] }
    let inverse = weights.map { 1 / $0.squareRoot() }
    let eigen = try SymmetricEigen(CPFactors.gram(grams, except: [mode]).scalingRows(inverse).scalingColumns(inverse).symmetrized)
    let turned = eigen.vectors * product.scalingRows(inverse)
    let energies = (0..<turned.rows).map { turned.rowSlice($0..<$0 + 1).squaredNorm }
    let floor = 1e-13 * max(eigen.values.first ?? 0, .leastNormalMagnitude)
    func error(_ lambda: Double) -> Double {
      zip(eigen.values, energies).reduce(total) { sum, pair in
        let (value, energy) = (max(pair.0, floor), pair.1)
        return sum - energy * (2 / (value + lambda) - value / ((value + lambda) * (value + lambda)))
      }
    }
    guard error(0) < bound else { return modes[mode] }
    var (low, high) = (0.0, floor)
    while error(high) < bound, high < 1e6 * max(eigen.values.first ?? 0, floor) { (low, high) = (high, 4 * high) }
    for _ in 0..<60 {
      let middle = (low + high) / 2
      if error(middle) <= bound { low = middle } else { high = middle }
    }
    let solution = eigen.vectors.transposedTimes(turned.scalingRows(eigen.values.map { 1 / (max($0, floor) + low) }))
    return solution.scalingRows(inverse)
  }

  /// `w_k` of the factor of one mode.
  private func weights(_ grams: [Matrix], mode: Int) -> [Double] {
    switch goal {
    case .norm: CPFactors.gram(grams, except: [mode]).diagonal
    case .sensitivity:
      grams.indices.filter { $0 != mode }.reduce([Double](repeating: 0, count: grams[0].rows)) { sum, other in
        zip(sum, CPFactors.gram(grams, except: [mode, other]).diagonal).map { $0 + Double(sizes[other]) * $1 }
      }
    }
  }
}
