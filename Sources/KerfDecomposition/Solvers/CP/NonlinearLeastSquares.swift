import KerfAlgebra

/// Levenberg–Marquardt on all factors at once: `(JᵀJ + μD) Δ = −g` by preconditioned conjugate gradients, a step that lowers the
/// error by what its model promised is taken and lets `μ` fall, another one is undone and raises it.
///
/// `JᵀJ` is never formed: with `W_m = A_m A_mᵀ`, the block of modes `m ≠ l` maps `X_l` to
/// `((⊛_{q≠m,l} W_q) ⊛ (A_l X_lᵀ)) A_m`, that of `m = l` to `(⊛_{q≠m} W_q) X_m`: `O(K² Σ I_m)` a product. The preconditioner is the
/// inverse of the diagonal blocks. Columns that become collinear, where alternating sweeps creep, cost it little.
///
/// - Reference: Sorber, Van Barel & De Lathauwer, SIAM J. Optim. 2013, §4; Nocedal & Wright, *Numerical Optimization*, ch. 7 and 10.
struct NonlinearLeastSquares: CPSolver {
  static let name = "nls"
  static let summary = "Levenberg–Marquardt with conjugate gradients on all factors at once"
  static let trial: Int? = 15
  static let patience = 4

  /// Conjugate-gradient steps for one step of the factors, at most.
  private static let innerSteps = 30

  func improve(
    _ start: CPFactors, of tensor: CPTensor, steps: Range<Int>, penalty: Double, options: SolverOptions
  ) throws(AlgebraError) -> CPState {
    var current = start
    if steps.lowerBound == 0 { for _ in 0..<3 { _ = try tensor.sweep(&current, damping: 1e-3, penalty: penalty) } }
    current = current.balanced
    var error = tensor.error(current, penalty: penalty)
    var damping = steps.lowerBound == 0 ? 1e-2 : 1e-4
    var quiet = 0
    for _ in steps {
      if error <= 1e-15 * tensor.total { break }
      let modes = current.modes
      let system = CPNormalEquations(modes, penalty: penalty)
      let gradient = system.gradient(tensor.products(current))
      let scale = system.meanDiagonal
      let step = system.solve(gradient, shift: damping * scale, steps: Self.innerSteps, tolerance: 0.05)
      let trial = CPFactors(modes: zip(modes, step).map { $0 + $1 })
      let next = tensor.error(trial, penalty: penalty)
      // Half the error falls by −⟨g, Δ⟩ − ½⟨Δ, JᵀJΔ⟩ in the model.
      let promised = -2 * CPNormalEquations.dot(gradient, step) - CPNormalEquations.dot(step, system.product(step, shift: 0))
      let kept = promised > 0 ? (error - next) / promised : -1
      if next.isFinite, next < error {
        let gain = (error - next) / error
        (current, error) = (trial.balanced, next)
        quiet = gain < 1e-7 ? quiet + 1 : 0
      } else {
        quiet += 1
      }
      damping = kept > 0.75 ? max(damping / 5, 1e-12) : kept < 0.25 ? min(damping * 4, 1e3) : damping
      if quiet >= 4 { break }
    }
    return CPState(factors: current, error: error)
  }
}

/// The Gauss–Newton equations of all factors at one point.
struct CPNormalEquations {
  /// `A_m [K × I_m]`.
  private let modes: [Matrix]
  /// `⊛_{q≠m} W_q`.
  private let diagonal: [Matrix]
  /// `⊛_{q≠m,l} W_q` at `m·M + l`.
  private let mixed: [Matrix]

  /// - Parameter penalty: `μ` of `½‖T − Ŵ‖² + ½μ Σ_k ‖term_k‖²`; its residuals `√μ·term_k` add to the equations of each term with itself.
  init(_ modes: [Matrix], penalty: Double) {
    self.modes = modes
    let grams = modes.map { $0.timesTransposed($0).symmetrized }
    diagonal = modes.indices.map { CPFactors.gram(grams, except: [$0]).liftingDiagonal(by: penalty) }
    mixed = modes.indices.flatMap { m in modes.indices.map { l in CPFactors.gram(grams, except: [m, l]).liftingDiagonal(by: penalty) } }
  }

  /// `g_m = (⊛_{q≠m} W_q) A_m − M_m`, the diagonal of the product lifted by the penalty.
  func gradient(_ products: [Matrix]) -> [Matrix] {
    modes.indices.map { diagonal[$0] * modes[$0] - products[$0] }
  }

  /// The mean of `JᵀJ`'s diagonal.
  var meanDiagonal: Double {
    let size = modes.reduce(0) { $0 + $1.elements.count }
    return modes.indices.reduce(0) { $0 + diagonal[$1].trace * Double(modes[$1].columns) } / Double(max(1, size))
  }

  /// `(JᵀJ + shift·I) X`.
  func product(_ x: [Matrix], shift: Double) -> [Matrix] {
    let crossed = modes.indices.map { modes[$0].timesTransposed(x[$0]) }
    return modes.indices.map { m in
      var result = diagonal[m] * x[m]
      result.add(shift, x[m])
      var coefficients = Matrix.zeros(crossed[m].rows, crossed[m].columns)
      for l in modes.indices where l != m { coefficients.add(1, mixed[m * modes.count + l].hadamard(crossed[l])) }
      result.multiplyAdd(coefficients.block, modes[m].block)
      return result
    }
  }

  /// The blocks' inverses of `JᵀJ + shift·I`, as Cholesky factors; `nil` where one is not positive definite.
  func blocks(shift: Double) -> [Cholesky?] {
    diagonal.map { block in
      var block = block
      block.addToDiagonal(shift + 1e-12 * block.trace / Double(max(1, block.rows)))
      return try? Cholesky(block)
    }
  }

  static func applied(_ blocks: [Cholesky?], _ x: [Matrix]) -> [Matrix] {
    zip(blocks, x).map { $0?.solve($1) ?? $1 }
  }

  /// `Δ` of `(JᵀJ + shift·I) Δ = −g`, up to `‖residual‖ ≤ tolerance·‖g‖` in the metric of the preconditioner.
  func solve(_ gradient: [Matrix], shift: Double, steps: Int, tolerance: Double) -> [Matrix] {
    let blocks = blocks(shift: shift)
    var x = gradient.map { Matrix.zeros($0.rows, $0.columns) }
    var residual = gradient.map { -1 * $0 }
    var scaled = Self.applied(blocks, residual)
    var direction = scaled
    var energy = Self.dot(residual, scaled)
    let first = energy
    for _ in 0..<steps {
      guard energy > tolerance * tolerance * first, energy.isFinite else { break }
      let image = product(direction, shift: shift)
      let curvature = Self.dot(direction, image)
      guard curvature > 0, curvature.isFinite else { break }
      let length = energy / curvature
      for m in x.indices {
        x[m].add(length, direction[m])
        residual[m].add(-length, image[m])
      }
      scaled = Self.applied(blocks, residual)
      let next = Self.dot(residual, scaled)
      direction = zip(scaled, direction).map { $0 + (next / energy) * $1 }
      energy = next
    }
    return x
  }

  static func dot(_ left: [Matrix], _ right: [Matrix]) -> Double { zip(left, right).reduce(0) { $0 + $1.0.dot($1.1) } }
}
