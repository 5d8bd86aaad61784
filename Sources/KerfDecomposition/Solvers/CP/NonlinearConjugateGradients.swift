import KerfAlgebra

/// Non-linear conjugate gradients (Polak–Ribière, restarted where it is no descent) on all factors at once, preconditioned by a sweep of alternating least
/// squares (its step is the preconditioned gradient), with an exact line search: along a line the objective is a polynomial of twice as many degrees as there
/// are modes.
///
/// - Reference: Acar, Dunlavy & Kolda, J. Chemometrics 2011; De Sterck, SIAM J. Sci. Comput. 2012 (the preconditioner).
struct NonlinearConjugateGradients: CPSolver {
  static let name = "ncg"
  static let summary = "preconditioned non-linear conjugate gradients on all factors at once"
  static let trial: Int? = 30
  static let patience = 32

  func improve(
    _ start: CPFactors, of tensor: CPTensor, steps: Range<Int>, penalty: Double, options: SolverOptions
  ) throws(AlgebraError) -> CPState {
    var current = start
    if steps.lowerBound == 0 { for _ in 0..<2 { _ = try tensor.sweep(&current, damping: 1e-3, penalty: penalty) } }
    current = current.balanced
    var error = tensor.error(current, penalty: penalty)
    var before: (gradient: [Matrix], scaled: [Matrix], direction: [Matrix])?
    var quiet = 0
    for _ in steps {
      if error <= 1e-15 * tensor.total { break }
      let modes = current.modes
      let system = CPNormalEquations(modes, penalty: penalty)
      let gradient = system.gradient(tensor.products(current))
      var swept = current
      _ = try tensor.sweep(&swept, damping: 1e-10, penalty: penalty)
      let scaled = zip(modes, swept.modes).map { $0 - $1 }
      var direction = scaled.map { -1 * $0 }
      if let before {
        let change = zip(gradient, before.gradient).map { $0 - $1 }
        let beta = CPNormalEquations.dot(scaled, change) / max(CPNormalEquations.dot(before.scaled, before.gradient), .leastNormalMagnitude)
        if beta > 0, beta.isFinite { direction = zip(direction, before.direction).map { $0 + beta * $1 } }
      }
      var slope = CPNormalEquations.dot(gradient, direction)
      if slope >= 0 {
        direction = scaled.map { -1 * $0 }
        slope = CPNormalEquations.dot(gradient, direction)
      }
      guard slope < 0, slope.isFinite else { break }
      let length = CPLine(tensor, from: modes, along: direction, slope: slope, penalty: penalty).lowest
      let trial = CPFactors(modes: zip(modes, direction).map { $0 + length * $1 })
      let next = tensor.error(trial, penalty: penalty)
      guard next.isFinite, next < error else {
        if before == nil { break }
        before = nil
        continue
      }
      quiet = (error - next) / error < 1e-7 ? quiet + 1 : 0
      (current, error, before) = (trial, next, (gradient, scaled, direction))
      if quiet >= 4 { break }
    }
    return CPState(factors: current.balanced, error: error)
  }
}

/// `½‖T − [[A + tX]]‖² + ½μ Σ_k ‖term_k‖²` as a polynomial in `t`.
struct CPLine {
  /// Coefficients of `t⁰, t¹, …`, but for the constant `½‖T‖²`.
  let coefficients: [Double]

  init(_ tensor: CPTensor, from modes: [Matrix], along direction: [Matrix], slope: Double, penalty: Double) {
    let degree = modes.count
    // ½‖Ŵ(t)‖² = ½ Σ_kj Π_m (W + t(S + Sᵀ) + t²V)_kj; the terms k = j, of the penalty too, are the squared norms.
    let rank = modes[0].rows
    let constant = modes.map { $0.timesTransposed($0) }
    let linear = zip(modes, direction).map { pair in
      let crossed = pair.0.timesTransposed(pair.1)
      return crossed + crossed.transposed
    }
    let square = direction.map { $0.timesTransposed($0) }
    var squares = [Double](repeating: 0, count: 2 * degree + 1)
    var product = squares
    for k in 0..<rank {
      for j in 0...k {
        let place = k * rank + j
        for index in product.indices { product[index] = 0 }
        product[0] = k == j ? 0.5 * (1 + penalty) : 1
        for m in 0..<degree {
          let (a, b, c) = (constant[m].elements[place], linear[m].elements[place], square[m].elements[place])
          for index in stride(from: 2 * m + 2, through: 0, by: -1) {
            var next = a * product[index]
            if index > 0 { next += b * product[index - 1] }
            if index > 1 { next += c * product[index - 2] }
            product[index] = next
          }
        }
        for index in squares.indices { squares[index] += product[index] }
      }
    }
    // ⟨T, Ŵ(t)⟩ has `degree + 1` coefficients: two from the point and its slope, the others from values at as many places.
    let value = tensor.inner(CPFactors(modes: modes))
    let first = squares[1] - slope
    // 1, −1, 2, −2, …
    let places = (1..<degree).map { (index: Int) -> Double in
      let size = Double((index + 1) / 2)
      return index % 2 == 1 ? size : -size
    }
    var system = Matrix.zeros(degree - 1, degree - 1)
    var right = Matrix.zeros(degree - 1, 1)
    for (row, t) in places.enumerated() {
      let at = tensor.inner(CPFactors(modes: zip(modes, direction).map { $0 + t * $1 }))
      right[row, 0] = at - value - t * first
      var power = t * t
      for column in 0..<degree - 1 {
        system[row, column] = power
        power *= t
      }
    }
    let others: [Double] = (try? system.leastSquares(right))?.elements ?? [Double](repeating: 0, count: degree - 1)
    let known: [Double] = [value, first] + others
    for index in known.indices { squares[index] -= known[index] }
    coefficients = squares
  }

  private func slope(at t: Double) -> Double {
    var sum = 0.0
    for power in (1..<coefficients.count).reversed() { sum = sum * t + Double(power) * coefficients[power] }
    return sum
  }

  /// The first minimum for `t > 0`.
  var lowest: Double {
    var (low, high) = (0.0, 1.0 / 16)
    while slope(at: high) < 0, high < 1e6 { (low, high) = (high, 2 * high) }
    for _ in 0..<60 {
      let middle = (low + high) / 2
      if slope(at: middle) < 0 { low = middle } else { high = middle }
    }
    return low > 0 ? low : high
  }
}
