import KerfAlgebra

/// `min ‖(T − Ŵ) Σ^{1/2}‖_F` over rank-`K` canonical polyadic `Ŵ`; `cp` has one mode a spatial axis, `cp-spatial` a merged one.
struct CPProblem {
  /// Patch elements `(c, p…)`.
  let objective: Objective
  let channels: Int
  /// Extents of the spatial modes.
  let modes: [Int]
  let rank: Int

  var taps: Int { modes.reduce(1, *) }
  /// `∏ of all mode sizes but the largest`, at which the form is exact by construction.
  var fullRank: Int { Self.fullRank([channels] + modes + [objective.rows]) }
  static func fullRank(_ sizes: [Int]) -> Int { sizes.reduce(1, *) / max(1, sizes.max() ?? 1) }

  func solve(options: SolverOptions, group: Int, start: CPFactors? = nil) throws(AlgebraError) -> CPFactors {
    if rank >= fullRank { return analytic().balanced }
    guard let metric = objective.metric else {
      return try CPFit(target: objective.target, channels: channels, modes: modes, rank: rank)
        .solve(options: options, stream: UInt64(group), start: start).balanced
    }
    // A form of the same rank is gone on from as it is.
    if let start, start.rank == rank { return try alternate(metric, from: start, options: options).balanced }
    let start = try whitenedStart(metric, options: options, group: group, start: start)
    return try alternate(metric, from: start, options: options).balanced
  }

  /// Exact: one term for each index of all modes but the largest, unit vectors there and the kernel's fibre in the largest.
  private func analytic() -> CPFactors {
    let sizes = [channels] + modes + [objective.rows]
    let largest = sizes.indices.max { sizes[$0] < sizes[$1] } ?? 0
    var factors = sizes.map { Matrix.zeros(rank, $0) }
    for term in 0..<rank {
      var index = [Int](repeating: 0, count: sizes.count)
      var rest = term
      for mode in sizes.indices.reversed() where mode != largest {
        index[mode] = rest % sizes[mode]
        rest /= sizes[mode]
        factors[mode][term, index[mode]] = 1
      }
      for element in 0..<sizes[largest] {
        index[largest] = element
        let column = index[..<(sizes.count - 1)].enumerated().reduce(0) { $0 * sizes[$1.offset] + $1.element }
        factors[largest][term, element] = objective.target[index[sizes.count - 1], column]
      }
    }
    return CPFactors(input: factors[0], spatial: Array(factors[1..<sizes.count - 1]), output: factors[sizes.count - 1].transposed)
  }

  /// The unweighted solution of the target whitened by a separable approximation of the metric, mapped back.
  private func whitenedStart(
    _ metric: Matrix, options: SolverOptions, group: Int, start: CPFactors?
  ) throws(AlgebraError) -> CPFactors {
    let separable = separableMetric(metric)
    let input = try separable.input.rootAndInverseRoot()
    var tensor = DenseTensor(objective.target.elements, shape: [objective.rows, channels] + modes)
    tensor = tensor.modeProduct(input.root, mode: 1)
    var inverses: [Matrix] = []
    var roots: [Matrix] = []
    for (mode, marginal) in separable.spatial.enumerated() {
      let pair = try marginal.rootAndInverseRoot()
      tensor = tensor.modeProduct(pair.root, mode: mode + 2)
      inverses.append(pair.inverse)
      roots.append(pair.root)
    }
    let target = Matrix(tensor.elements, rows: objective.rows, columns: objective.columns)
    let whitened = start.map { start in
      CPFactors(input: start.input * input.root, spatial: zip(start.spatial, roots).map { $0 * $1 }, output: start.output)
    }
    var result = try CPFit(target: target, channels: channels, modes: modes, rank: rank)
      .solve(options: options, stream: UInt64(group), start: whitened)
    result.input = result.input * input.inverse
    result.spatial = zip(result.spatial, inverses).map { $0 * $1 }
    return result
  }

  /// `Σ ≈ c_1 ⊗ … ⊗ R`: `R = mean over p of Σ_pp [C × C]`, `c_j` the marginal over spatial mode `j`, scaled to mean diagonal 1.
  func separableMetric(_ metric: Matrix) -> (input: Matrix, spatial: [Matrix]) {
    var input = Matrix.zeros(channels, channels)
    for p in 0..<taps {
      for a in 0..<channels {
        for b in 0..<channels { input[a, b] += metric[a * taps + p, b * taps + p] / Double(taps) }
      }
    }
    var weights = Matrix.zeros(taps, taps)
    for p in 0..<taps {
      for q in 0..<taps { for c in 0..<channels { weights[p, q] += metric[c * taps + p, c * taps + q] } }
    }
    let spatial = modes.indices.map { mode in
      let after = modes[(mode + 1)...].reduce(1, *)
      let size = modes[mode]
      var marginal = Matrix.zeros(size, size)
      for other in 0..<taps / size {
        for a in 0..<size {
          for b in 0..<size {
            let base = other / after * size * after + other % after
            marginal[a, b] += weights[base + a * after, base + b * after]
          }
        }
      }
      return (Double(size) / max(marginal.trace, .leastNormalMagnitude)) * marginal.symmetrized
    }
    return (input.symmetrized, spatial)
  }
}
