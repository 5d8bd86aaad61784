/// The eigendecomposition `A = V · diag(λ) · Vᵀ` of a symmetric matrix, eigenvalues descending.
public struct SymmetricEigen: Sendable {
  /// Descending.
  public let values: [Double]
  /// `[n × n]`; row `i` is the unit eigenvector of `values[i]`.
  public let vectors: Matrix

  /// Decomposes a symmetric matrix (its one triangle is read) by `dsyevd`.
  ///
  /// - Throws: `AlgebraError.notFinite`, `.notConverged`.
  public init(_ a: Matrix) throws(AlgebraError) {
    precondition(a.rows == a.columns, "\(a.rows)×\(a.columns) is not square")
    guard a.isFinite else { throw AlgebraError(.notFinite, in: "dsyevd", "a \(a.rows)×\(a.rows) matrix holds NaN or infinity") }
    let n = a.rows
    var work = a.elements
    var values = [Double](repeating: 0, count: max(1, n))
    if n > 0, Backend.eigen(&work, size: n, values: &values) != 0 {
      throw AlgebraError(.notConverged, in: "dsyevd", "a \(n)×\(n) matrix")
    }
    self.values = Array(values.prefix(n).reversed())
    self.vectors = Matrix(work, rows: n, columns: n).selectingRows(Array((0..<n).reversed()))
  }

  /// `V · diag(f(λ)) · Vᵀ`.
  public func applying(_ function: (Double) -> Double) -> Matrix {
    vectors.scalingRows(values.map(function)).transposedTimes(vectors).symmetrized
  }
}

extension Matrix {
  /// The symmetric square root `A^{1/2}` of a positive semidefinite matrix; eigenvalues below zero (rounding) count as zero.
  public func squareRoot() throws(AlgebraError) -> Matrix {
    try SymmetricEigen(self).applying { max($0, 0).squareRoot() }
  }

  /// `A^{1/2}` and its pseudo-inverse; eigenvalues below `cutoff · λ_max` count as zero in both.
  public func rootAndInverseRoot(cutoff: Double = 1e-12) throws(AlgebraError) -> (root: Matrix, inverse: Matrix) {
    let eigen = try SymmetricEigen(self)
    let floor = cutoff * max(eigen.values.first ?? 0, 0)
    return (
      eigen.applying { $0 > floor ? $0.squareRoot() : 0 },
      eigen.applying { $0 > floor ? 1 / $0.squareRoot() : 0 }
    )
  }

  /// The pseudo-inverse of a symmetric positive semidefinite matrix with a relative cutoff.
  public func pseudoInverse(cutoff: Double = 1e-12) throws(AlgebraError) -> Matrix {
    let eigen = try SymmetricEigen(self)
    let floor = cutoff * max(eigen.values.first ?? 0, 0)
    return eigen.applying { $0 > floor ? 1 / $0 : 0 }
  }
}
