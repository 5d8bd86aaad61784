import KerfAlgebra

/// Preconditioned conjugate gradients for `min ½⟨x, Hx⟩ − ⟨b, x⟩`, `H` symmetric positive semidefinite, on matrices.
enum ConjugateGradients {
  /// Improves `x` from where it is; the objective never rises.
  ///
  /// - Parameters:
  ///   - image: a linear image `L(x)` of `x` that `apply` computes anyway; kept in step with `x`.
  ///   - gradient: `Hx − b` at the start.
  ///   - apply: `p ↦ (Hp, L(p))`.
  ///   - precondition: an approximation of `H⁻¹`, symmetric positive definite.
  static func improve(
    _ x: inout Matrix, image: inout Matrix, gradient: Matrix, steps: Int, apply: (Matrix) -> (Matrix, Matrix),
    precondition: (Matrix) -> Matrix
  ) {
    var residual = -1 * gradient
    var scaled = precondition(residual)
    var direction = scaled
    var energy = residual.dot(scaled)
    let first = energy
    guard first > 0, first.isFinite else { return }
    for _ in 0..<steps {
      let (product, directionImage) = apply(direction)
      let curvature = direction.dot(product)
      guard curvature > 0, curvature.isFinite else { return }
      let length = energy / curvature
      x.add(length, direction)
      image.add(length, directionImage)
      residual.add(-length, product)
      scaled = precondition(residual)
      let next = residual.dot(scaled)
      guard next > 1e-16 * first, next.isFinite else { return }
      direction = scaled + (next / energy) * direction
      energy = next
    }
  }
}
