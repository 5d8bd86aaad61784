import KerfAlgebra

/// `min ‖(T − Ŵ) Σ^{1/2}‖_F` over `Ŵ[n, c, p] = Σ_m P[n, (c, m)] · D[(c, m), p]`.
struct DepthwiseProblem {
  /// Patch elements `(c, p)`.
  let objective: Objective
  let channels: Int
  let taps: Int
  let multiplier: Int

  struct Solution {
    /// `D [C·M × p]`.
    var filters: Matrix
    /// `P [n × C·M]`.
    var mixing: Matrix
  }

  /// Each channel's rank-`M` SVD; then, with a metric, alternating weighted least squares.
  ///
  /// - Parameter start: a solution with no larger multiplier, which competes with the SVD as the start.
  func solve(options: SolverOptions, start smaller: Solution? = nil) throws(AlgebraError) -> Solution {
    let start = try channelwise(objective.target, keeping: multiplier)
    guard let metric = objective.metric else { return start }
    var starts = [start.filters]
    if let smaller, smaller.filters.rows % channels == 0, smaller.filters.rows / channels <= multiplier {
      starts.append(try grown(smaller))
    }
    return try alternate(metric, from: starts, options: options)
  }

  /// `√S`-balanced rank-`M` SVD of every channel's `[n × p]` slice.
  private func channelwise(_ target: Matrix, keeping count: Int) throws(AlgebraError) -> Solution {
    var filters: [Double] = []
    var mixing = Matrix.zeros(target.rows, channels * count)
    for channel in 0..<channels {
      let svd = try SingularValueDecomposition(target.columnSlice(channel * taps..<(channel + 1) * taps))
      let roots = svd.values[..<count].map { $0.squareRoot() }
      filters += svd.vt.rowSlice(0..<count).scalingRows(roots).elements
      for row in 0..<target.rows {
        for m in 0..<count { mixing[row, channel * count + m] = svd.u[row, m] * roots[m] }
      }
    }
    return Solution(filters: Matrix(filters, rows: channels * count, columns: taps), mixing: mixing)
  }

  /// A smaller solution's filters with the leading ones of what it leaves over.
  private func grown(_ smaller: Solution) throws(AlgebraError) -> Matrix {
    let old = smaller.filters.rows / channels
    var rest = objective.target
    for c in 0..<channels {
      rest.multiplyAdd(
        smaller.mixing.block(rows: 0..<rest.rows, columns: c * old..<(c + 1) * old),
        smaller.filters.block(rows: c * old..<(c + 1) * old, columns: 0..<taps), scale: -1, column: c * taps)
    }
    let added = multiplier - old
    let extra = try channelwise(rest, keeping: added)
    var elements: [Double] = []
    for c in 0..<channels {
      elements += smaller.filters.rowSlice(c * old..<(c + 1) * old).elements
      elements += extra.filters.rowSlice(c * added..<(c + 1) * added).elements
    }
    return Matrix(elements, rows: channels * multiplier, columns: taps)
  }

  private func rows(_ channel: Int) -> Range<Int> { channel * multiplier..<(channel + 1) * multiplier }
  private func columns(_ channel: Int) -> Range<Int> { channel * taps..<(channel + 1) * taps }

  /// `B Σ`, `B = blockdiag(D_c)`: `[C·M × d]`.
  private func image(_ filters: Matrix, _ metric: Matrix) -> Matrix {
    var result = Matrix.zeros(filters.rows, metric.columns)
    for c in 0..<channels {
      result.multiplyAdd(
        filters.block(rows: rows(c), columns: 0..<taps), metric.block(rows: columns(c), columns: 0..<metric.columns),
        row: c * multiplier)
    }
    return result
  }

  /// `Z Bᵀ`.
  private func contracted(_ z: Matrix, _ filters: Matrix) -> Matrix {
    var result = Matrix.zeros(z.rows, filters.rows)
    for c in 0..<channels {
      result.multiplyAdd(
        z.block(rows: 0..<z.rows, columns: columns(c)), filters.block(rows: rows(c), columns: 0..<taps).transposed,
        column: c * multiplier)
    }
    return result
  }

  /// The diagonal blocks of `L Z`: `[C·M × p]`.
  private func diagonalBlocks(_ left: Matrix, _ z: Matrix) -> Matrix {
    var result = Matrix.zeros(left.rows, taps)
    for c in 0..<channels {
      result.multiplyAdd(
        left.block(rows: rows(c), columns: 0..<left.columns), z.block(rows: 0..<z.rows, columns: columns(c)), row: c * multiplier)
    }
    return result
  }

  private func mixing(_ filters: Matrix, _ y: Matrix) throws(AlgebraError) -> (factor: Matrix, value: Double) {
    let right = contracted(objective.product, filters)
    let factor = try contracted(y, filters).symmetrized.solvingRight(right)
    return (factor, max(objective.scale - right.dot(factor), 0))
  }

  private func alternate(_ metric: Matrix, from starts: [Matrix], options: SolverOptions) throws(AlgebraError) -> Solution {
    var filters = starts[0]
    var y = image(filters, metric)
    var (p, value) = try mixing(filters, y)
    for start in starts.dropFirst() {
      let startImage = image(start, metric)
      let factor = try mixing(start, startImage)
      if factor.value < value { (filters, y, (p, value)) = (start, startImage, factor) }
    }
    let spatial = (0..<channels).map { c in
      try? Cholesky(Matrix.product(metric.block(rows: columns(c), columns: columns(c)), Matrix.identity(taps).block))
    }
    for _ in 0..<options.sweeps {
      let gram = p.gram
      let mixers = (0..<channels).map { c in
        var block = gram.rowSlice(rows(c)).columnSlice(rows(c))
        block.addToDiagonal(1e-8 * block.trace / Double(multiplier))
        return try? Cholesky(block)
      }
      let constant = diagonalBlocks(p.transposed, objective.product)
      ConjugateGradients.improve(
        &filters, image: &y, gradient: diagonalBlocks(gram, y) - constant, steps: options.innerSteps,
        apply: { direction in
          let directionImage = image(direction, metric)
          return (diagonalBlocks(gram, directionImage), directionImage)
        },
        precondition: { residual in
          var result: [Double] = []
          for c in 0..<channels {
            let block = residual.rowSlice(rows(c))
            guard let mixer = mixers[c], let kernel = spatial[c] else {
              result += block.elements
              continue
            }
            result += kernel.solveRight(mixer.solve(block)).elements
          }
          return Matrix(result, rows: residual.rows, columns: residual.columns)
        })
      let next = try mixing(filters, y)
      let gain = value - next.value
      (p, value) = next
      if gain <= options.tolerance * value || value <= 1e-14 * objective.scale { break }
    }
    return Solution(filters: filters, mixing: p).balanced
  }
}

extension DepthwiseProblem.Solution {
  /// Each filter and its column of the mixing matrix with the same norm.
  var balanced: DepthwiseProblem.Solution {
    var (rows, columns): ([Double], [Double]) = ([], [])
    let mixed = mixing.transposed
    for k in 0..<filters.rows {
      let (a, b) = (filters.rowSlice(k..<k + 1).norm, mixed.rowSlice(k..<k + 1).norm)
      let scale = a > 0 && b > 0 ? (b / a).squareRoot() : 1
      rows.append(scale)
      columns.append(1 / scale)
    }
    return DepthwiseProblem.Solution(filters: filters.scalingRows(rows), mixing: mixing.scalingColumns(columns))
  }
}
