import KerfAlgebra

/// Alternating least squares.
///
/// Each factor solves its normal equations: the MTTKRP (matricised tensor times Khatri-Rao product, here a GEMM followed by a
/// contraction over the small spatial modes, so that no Khatri-Rao product over the channels is formed) times the inverse of the
/// Hadamard product of the other factors' Gram matrices. A proximal Tikhonov term `μ‖X − X_old‖²` that shrinks over the sweeps
/// keeps columns from diverging while they are nearly collinear, a small penalty on the squared norms of the terms keeps the limit
/// bounded; after each sweep the factors are extrapolated along the last step, and an extrapolation that raised the error is undone.
///
/// - Reference: Kolda & Bader, SIAM Review 2009, §3.4; Ang et al., *Accelerating block coordinate descent methods for tensor
///   factorization by extrapolation*, 2020.
struct AlternatingLeastSquares: CPSolver {
  static let name = "als"
  static let summary = "alternating least squares with extrapolation"
  static let trial: Int? = 30
  static let patience = 32

  func improve(
    _ start: CPFactors, of tensor: CPTensor, steps: Range<Int>, penalty: Double, options: SolverOptions
  ) throws(AlgebraError) -> CPState {
    var current = start
    var best: CPState?
    var previous: CPFactors?
    var momentum = 0.3
    var quiet = 0
    for step in steps {
      let damping = max(1e-12, 1e-3 * power(0.8, Double(step)))
      let error = try tensor.sweep(&current, damping: damping, penalty: penalty)
      current.normalize()
      guard let last = best else {
        (best, previous) = (CPState(factors: current, error: error), current)
        continue
      }
      if error.isFinite, error <= last.error {
        let gain = (last.error - error) / max(last.error, .leastNormalMagnitude)
        best = CPState(factors: current, error: error)
        momentum = min(0.98, momentum * 1.1)
        quiet = gain < 1e-6 ? quiet + 1 : 0
        if quiet >= 3 || error <= 1e-15 * tensor.total { break }
        if let previous { extrapolate(&current, from: previous, by: momentum) }
        previous = best?.factors
      } else {
        // The extrapolation overshot: fall back to the best factors and take a plain step.
        current = last.factors
        momentum = max(0.05, momentum * 0.5)
        quiet += 1
        if quiet >= 8 { break }
        previous = last.factors
      }
    }
    return best ?? CPState(factors: start, error: tensor.total)
  }

  private func extrapolate(_ factors: inout CPFactors, from previous: CPFactors, by step: Double) {
    factors.input.add(step, factors.input - previous.input)
    for mode in factors.spatial.indices { factors.spatial[mode].add(step, factors.spatial[mode] - previous.spatial[mode]) }
    factors.output.add(step, factors.output - previous.output)
  }
}
