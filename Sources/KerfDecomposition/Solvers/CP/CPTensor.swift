import KerfAlgebra

/// The compressed tensor in the two layouts that the MTTKRP products read, and what every solver needs of it.
struct CPTensor {
  let outputs: Int
  let inputs: Int
  let modes: [Int]
  private let taps: Int
  /// `‖T‖²`.
  let total: Double
  /// `[(p, c) × n]`.
  private let byOutput: Matrix
  /// `[(p, n) × c]`.
  private let byInput: Matrix

  /// - Parameter core: `[n, c, p]`.
  init(core: DenseTensor, modes: [Int]) {
    (outputs, inputs, taps) = (core.shape[0], core.shape[1], core.shape[2])
    self.modes = modes
    byOutput = Matrix(core.permuted([2, 1, 0]).elements, rows: taps * inputs, columns: outputs)
    byInput = Matrix(core.permuted([2, 0, 1]).elements, rows: taps * outputs, columns: inputs)
    total = byInput.squaredNorm
  }

  /// Updates `P`, then `U`, then every `V_j`; returns `‖T − Ŵ‖² + μ Σ_k ‖term_k‖²`, `μ` the penalty.
  func sweep(_ factors: inout CPFactors, damping: Double, penalty: Double) throws(AlgebraError) -> Double {
    let rank = factors.rank
    let outputGramOf = { (factors: CPFactors) in
      factors.spatial.reduce(factors.input.timesTransposed(factors.input)) { $0.hadamard($1.timesTransposed($1)) }
    }
    factors.output = try updated(
      outputProduct(factors), gram: outputGramOf(factors), old: factors.output, damping: damping, penalty: penalty)
    // U and V_j share Y[(p, c), k] = Σ_n T[n, c, p] P[n, k].
    let y = byOutput * factors.output
    let outputGram = factors.output.gram
    let spatialGram = factors.spatial.reduce(Matrix(Array(repeating: 1, count: rank * rank), rows: rank, columns: rank)) {
      $0.hadamard($1.timesTransposed($1))
    }
    factors.input = try updated(
      contractTaps(y, factors.taps, rows: inputs), gram: outputGram.hadamard(spatialGram), old: factors.input.transposed,
      damping: damping, penalty: penalty
    ).transposed
    // Z[k, p] = Σ_c Y[(p, c), k] U[k, c].
    let z = contractInputs(y, factors.input)
    let channelGram = outputGram.hadamard(factors.input.timesTransposed(factors.input))
    var error = 0.0
    for mode in factors.spatial.indices {
      let (product, others) = contractOthers(z, factors.spatial, except: mode)
      let gram = channelGram.hadamard(others.timesTransposed(others))
      let solution = try updated(product, gram: gram, old: factors.spatial[mode].transposed, damping: damping, penalty: penalty)
      factors.spatial[mode] = solution.transposed
      if mode == factors.spatial.count - 1 {
        error = total - 2 * product.dot(solution) + (solution * gram.liftingDiagonal(by: penalty)).dot(solution)
      }
    }
    return max(error, 0)
  }

  /// The MTTKRP of every mode at one point, `M_m [K × I_m]` in the order of `CPFactors.modes`: `∂½‖T − Ŵ‖²/∂A_m = G_m A_m − M_m`,
  /// `G_m` the Hadamard product of the other modes' Gram matrices.
  func products(_ factors: CPFactors) -> [Matrix] {
    let taps = factors.taps
    let y = byOutput * factors.output
    let z = contractInputs(y, factors.input)
    return [contractTaps(y, taps, rows: inputs).transposed]
      + factors.spatial.indices.map { contractOthers(z, factors.spatial, except: $0).product.transposed }
      + [outputProduct(factors).transposed]
  }

  /// `M_P[n, k] = Σ_p D[k, p] Σ_c T[n, c, p] U[k, c]`.
  func outputProduct(_ factors: CPFactors) -> Matrix {
    contractTaps(byInput.timesTransposed(factors.input), factors.taps, rows: outputs)
  }

  /// `⟨T, Ŵ⟩`.
  func inner(_ factors: CPFactors) -> Double { outputProduct(factors).dot(factors.output) }

  /// `‖T − Ŵ‖² + μ Σ_k ‖term_k‖²`, `μ` the penalty.
  func error(_ factors: CPFactors, penalty: Double = 0) -> Double {
    let gram = CPFactors.gram(factors.modes.map { $0.timesTransposed($0) })
    return max(total - 2 * inner(factors) + gram.elements.reduce(0, +), 0) + penalty * gram.trace
  }

  /// `M[e, k] = Σ Z[k, p] Π_{j ≠ mode} V_j[k, p_j]` over the taps `p` with element `e`, and the product over the other modes.
  private func contractOthers(_ z: Matrix, _ spatial: [Matrix], except mode: Int) -> (product: Matrix, others: Matrix) {
    let rank = z.rows
    let (others, places) = CPFactors.others(spatial, except: mode, rank: rank)
    var product = Matrix.zeros(spatial[mode].columns, rank)
    for (other, taps) in places.enumerated() {
      for (element, tap) in taps.enumerated() { for k in 0..<rank { product[element, k] += z[k, tap] * others[k, other] } }
    }
    return (product, others)
  }

  /// `(M + δX)(G + μ·diag(G) + δI)⁻¹`, `δ` the damping times the mean of `G`'s diagonal: `diag(G)` holds the squared norms of the
  /// terms without the factor at hand.
  private func updated(
    _ product: Matrix, gram: Matrix, old: Matrix, damping: Double, penalty: Double
  ) throws(AlgebraError) -> Matrix {
    var (product, gram) = (product, gram.symmetrized.liftingDiagonal(by: penalty))
    let shift = damping * gram.trace / Double(max(1, gram.rows))
    gram.addToDiagonal(shift)
    product.add(shift, old)
    return try gram.solvingRight(product)
  }

  /// `M[r, k] = Σ_p D[k, p] · Y[(p, r), k]`.
  private func contractTaps(_ y: Matrix, _ d: Matrix, rows: Int) -> Matrix {
    let rank = y.columns
    var result = [Double](repeating: 0, count: rows * rank)
    let weights = d.transposed.elements
    for p in 0..<taps {
      for row in 0..<rows {
        let base = (p * rows + row) * rank
        for k in 0..<rank { result[row * rank + k] += weights[p * rank + k] * y.elements[base + k] }
      }
    }
    return Matrix(result, rows: rows, columns: rank)
  }

  /// `Z[k, p] = Σ_c Y[(p, c), k] · U[k, c]`.
  private func contractInputs(_ y: Matrix, _ u: Matrix) -> Matrix {
    let rank = y.columns
    var result = [Double](repeating: 0, count: taps * rank)
    let weights = u.transposed.elements
    for p in 0..<taps {
      for c in 0..<inputs {
        let base = (p * inputs + c) * rank
        for k in 0..<rank { result[p * rank + k] += weights[c * rank + k] * y.elements[base + k] }
      }
    }
    return Matrix(result, rows: taps, columns: rank).transposed
  }
}

extension Matrix {
  /// `G + μ · diag(G)`.
  func liftingDiagonal(by share: Double) -> Matrix {
    var result = self
    for index in 0..<min(rows, columns) { result[index, index] *= 1 + share }
    return result
  }
}
