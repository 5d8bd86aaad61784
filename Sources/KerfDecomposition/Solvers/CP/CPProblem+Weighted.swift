import KerfAlgebra

extension CPProblem {
  /// `B[k, (c, p)] = U[k, c] · D[k, p]`.
  private func basis(_ input: Matrix, _ d: Matrix) -> Matrix {
    let result = [Double](unsafeUninitializedCapacity: rank * channels * taps) { target, count in
      for k in 0..<rank {
        for c in 0..<channels {
          for p in 0..<taps {
            target[count] = input.elements[k * channels + c] * d.elements[k * taps + p]
            count += 1
          }
        }
      }
    }
    return Matrix(result, rows: rank, columns: channels * taps)
  }

  /// `[K × C]`: `Σ_p Z[k, (c, p)] D[k, p]`.
  private func contractTaps(_ z: Matrix, _ d: Matrix) -> Matrix {
    var result = Matrix.zeros(rank, channels)
    for k in 0..<rank {
      for c in 0..<channels {
        var sum = 0.0
        for p in 0..<taps { sum += z.elements[(k * channels + c) * taps + p] * d.elements[k * taps + p] }
        result.elements[k * channels + c] = sum
      }
    }
    return result
  }

  /// `[K × e_j]`: `Σ_c,others Z[k, (c, p)] U[k, c] Π V`.
  private func contract(_ z: Matrix, _ input: Matrix, others: Matrix, places: [[Int]], size: Int) -> Matrix {
    var perTap = Matrix.zeros(rank, taps)
    for k in 0..<rank {
      for c in 0..<channels {
        let weight = input.elements[k * channels + c]
        for p in 0..<taps { perTap.elements[k * taps + p] += weight * z.elements[(k * channels + c) * taps + p] }
      }
    }
    var result = Matrix.zeros(rank, size)
    for k in 0..<rank {
      for (other, taps) in places.enumerated() {
        for (element, tap) in taps.enumerated() { result[k, element] += perTap[k, tap] * others[k, other] }
      }
    }
    return result
  }

  /// Alternating weighted least squares: `P` exactly by its `K × K` normal equations, `U` and every `V_j` by a few
  /// preconditioned conjugate-gradient steps; the objective, with the penalty `μ Σ_k ‖term_k Σ^{1/2}‖²`, never rises. `K·d²`
  /// multiply-adds a step.
  func alternate(_ metric: Matrix, from start: CPFactors, options: SolverOptions) throws(AlgebraError) -> CPFactors {
    let separable = separableMetric(metric)
    let inputRoot = try? Cholesky(separable.input)
    var factors = start
    factors.normalize()
    var b = basis(factors.input, factors.taps)
    var y = b * metric
    var penalty = 0.0
    func outputFactor() throws(AlgebraError) -> Double {
      let right = objective.product.timesTransposed(b)
      factors.output = try y.timesTransposed(b).symmetrized.liftingDiagonal(by: penalty).solvingRight(right)
      return max(objective.scale - right.dot(factors.output), 0)
    }
    var value = try outputFactor()
    penalty = options.cpTermPenalty * min(1, 10 * value / max(objective.scale, .leastNormalMagnitude))
    value = try outputFactor()
    for _ in 0..<options.sweeps {
      let gram = factors.output.gram.liftingDiagonal(by: penalty)
      let constant = factors.output.transposedTimes(objective.product)
      let tapGram = factors.spatial.enumerated().reduce(Matrix(Array(repeating: 1, count: rank * rank), rows: rank, columns: rank)) {
        $0.hadamard(($1.element * separable.spatial[$1.offset]).timesTransposed($1.element))
      }
      let taps = factors.taps
      improve(
        &factors.input, &y, metric: metric, gram: gram, constant: constant, steps: options.innerSteps,
        left: gram.hadamard(tapGram), right: inputRoot, lift: { basis($0, taps) },
        adjoint: { contractTaps($0, taps) })
      for mode in factors.spatial.indices {
        let (others, places) = CPFactors.others(factors.spatial, except: mode, rank: rank)
        let input = factors.input
        let spatial = factors.spatial
        var left = gram.hadamard((input * separable.input).timesTransposed(input))
        for (index, matrix) in spatial.enumerated() where index != mode {
          left = left.hadamard((matrix * separable.spatial[index]).timesTransposed(matrix))
        }
        improve(
          &factors.spatial[mode], &y, metric: metric, gram: gram, constant: constant, steps: options.innerSteps, left: left,
          right: try? Cholesky(separable.spatial[mode]),
          lift: { direction in
            var moved = spatial
            moved[mode] = direction
            return basis(input, CPFactors.combined(moved, rank: rank))
          },
          adjoint: { contract($0, input, others: others, places: places, size: spatial[mode].columns) })
      }
      b = basis(factors.input, factors.taps)
      y = b * metric
      let next = try outputFactor()
      let gain = value - next
      value = next
      if gain <= options.tolerance * value || value <= 1e-14 * objective.scale { break }
    }
    return factors
  }

  /// Conjugate gradients on one factor; `lift` is its linear map to `B`, `adjoint` the map's adjoint, `left ⊗ right` about its Hessian.
  private func improve(
    _ factor: inout Matrix, _ y: inout Matrix, metric: Matrix, gram: Matrix, constant: Matrix, steps: Int, left: Matrix,
    right: Cholesky?, lift: (Matrix) -> Matrix, adjoint: (Matrix) -> Matrix
  ) {
    var left = left.symmetrized
    left.addToDiagonal(1e-8 * left.trace / Double(max(1, rank)))
    let leftFactor = try? Cholesky(left)
    ConjugateGradients.improve(
      &factor, image: &y, gradient: adjoint(gram * y - constant), steps: steps,
      apply: { direction in
        let image = lift(direction) * metric
        return (adjoint(gram * image), image)
      },
      precondition: { residual in
        guard let leftFactor, let right else { return residual }
        return right.solveRight(leftFactor.solve(residual))
      })
  }
}
