import KerfAlgebra

/// The factors of `Ŵ[n, c, p…] = Σ_k P[n, k] · U[k, c] · Π_j V_j[k, p_j]`.
struct CPFactors {
  /// `U [K × C]`.
  var input: Matrix
  /// `V_j [K × e_j]`, one a spatial mode.
  var spatial: [Matrix]
  /// `P [n × K]`.
  var output: Matrix

  var rank: Int { input.rows }

  /// `D[k, p] = Π_j V_j[k, p_j]`, `[K × Π e_j]`, row-major over the modes.
  var taps: Matrix { Self.combined(spatial, rank: rank) }

  static func combined(_ modes: [Matrix], rank: Int) -> Matrix {
    modes.reduce(Matrix(Array(repeating: 1, count: rank), rows: rank, columns: 1)) { left, right in
      var result = Matrix.zeros(rank, left.columns * right.columns)
      for k in 0..<rank {
        for a in 0..<left.columns {
          for b in 0..<right.columns { result[k, a * right.columns + b] = left[k, a] * right[k, b] }
        }
      }
      return result
    }
  }

  /// `D` of all modes but `j`, and for each of its columns and each element of mode `j` the tap it belongs to.
  static func others(_ modes: [Matrix], except mode: Int, rank: Int) -> (product: Matrix, taps: [[Int]]) {
    let before = modes[..<mode].reduce(1) { $0 * $1.columns }
    let after = modes[(mode + 1)...].reduce(1) { $0 * $1.columns }
    let size = modes[mode].columns
    let product = combined(modes.enumerated().filter { $0.offset != mode }.map(\.element), rank: rank)
    let taps = (0..<before * after).map { other in
      (0..<size).map { (other / after * size + $0) * after + other % after }
    }
    return (product, taps)
  }

  /// Unit rows in `U` and `V_j`, the scale in `P`.
  mutating func normalize() {
    var scale = [Double](repeating: 1, count: rank)
    input = Self.unitRows(input, scale: &scale)
    spatial = spatial.map { Self.unitRows($0, scale: &scale) }
    output = output.scalingColumns(scale)
  }

  /// The rows divided by their norms, which multiply into `scale`; a zero row stays.
  private static func unitRows(_ matrix: Matrix, scale: inout [Double]) -> Matrix {
    var inverse = [Double](repeating: 1, count: matrix.rows)
    for row in 0..<matrix.rows {
      let norm = matrix.rowSlice(row..<row + 1).norm
      if norm > 0 && norm.isFinite {
        scale[row] *= norm
        inverse[row] = 1 / norm
      }
    }
    return matrix.scalingRows(inverse)
  }

  /// The same product with each term's norm spread evenly over its vectors.
  var balanced: CPFactors {
    var result = self
    result.normalize()
    let count = Double(spatial.count + 2)
    let transposed = result.output.transposed
    let shares = (0..<rank).map { k in
      let norm = transposed.rowSlice(k..<k + 1).norm
      return norm > 0 ? power(norm, 1 / count) : 0
    }
    result.input = result.input.scalingRows(shares)
    result.spatial = result.spatial.map { $0.scalingRows(shares) }
    result.output = result.output.scalingColumns(shares.map { $0 > 0 ? power($0, 1 - count) : 0 })
    return result
  }
}

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
      return try CPAlternatingLeastSquares(target: objective.target, channels: channels, modes: modes, rank: rank)
        .solve(options: options, stream: UInt64(group), start: start).balanced
    }
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
    var result = try CPAlternatingLeastSquares(target: target, channels: channels, modes: modes, rank: rank)
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
