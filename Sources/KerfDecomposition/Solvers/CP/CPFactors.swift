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

extension CPFactors {
  /// All factors alike, one `[K × I_m]` a mode: `U`, every `V_j`, `Pᵀ`.
  var modes: [Matrix] { [input] + spatial + [output.transposed] }

  init(modes: [Matrix]) {
    self.init(input: modes[0], spatial: Array(modes[1..<modes.count - 1]), output: modes[modes.count - 1].transposed)
  }

  /// `⊛ A_q A_qᵀ [K × K]` over the modes that are not left out.
  static func gram(_ grams: [Matrix], except left: Set<Int> = []) -> Matrix {
    let size = grams[0].rows
    return grams.indices.filter { !left.contains($0) }
      .reduce(Matrix(Array(repeating: 1, count: size * size), rows: size, columns: size)) { $0.hadamard(grams[$1]) }
  }
}
