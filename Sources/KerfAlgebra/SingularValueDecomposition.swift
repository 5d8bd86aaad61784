/// The thin singular value decomposition `A = U · diag(s) · Vᵀ`, singular values descending.
public struct SingularValueDecomposition: Sendable {
  /// `[m × k]`, orthonormal columns, `k = min(m, n)`.
  public let u: Matrix
  /// `[k]`, descending.
  public let values: [Double]
  /// `[k × n]`, orthonormal rows.
  public let vt: Matrix

  /// Decomposes `a [m × n]` by divide and conquer (`dgesdd`), and by QR iteration (`dgesvd`) where that does not converge.
  ///
  /// - Throws: `AlgebraError.notFinite`, `.notConverged`.
  /// - Complexity: about `O(m · n · min(m, n))`.
  public init(_ a: Matrix) throws(AlgebraError) {
    guard a.isFinite else { throw AlgebraError(.notFinite, in: "svd", "a \(a.rows)×\(a.columns) matrix holds NaN or infinity") }
    // Row-major A is column-major Aᵀ = V S Uᵀ: LAPACK's U is our V, and its column-major `[n × k]` is our row-major `vt`.
    let k = min(a.rows, a.columns)
    for robust in [false, true] {
      var work = a.elements
      var s = [Double](repeating: 0, count: max(1, k))
      var u = [Double](repeating: 0, count: max(1, a.rows * k))
      var vt = [Double](repeating: 0, count: max(1, a.columns * k))
      if k == 0 {
        (self.u, values, self.vt) = (.zeros(a.rows, 0), [], .zeros(0, a.columns))
        return
      }
      if Backend.svd(&work, rows: a.columns, columns: a.rows, s: &s, u: &vt, vt: &u, robust: robust) == 0 {
        (self.u, values) = (Matrix(u, rows: a.rows, columns: k), s)
        self.vt = Matrix(vt, rows: k, columns: a.columns)
        return
      }
    }
    throw AlgebraError(.notConverged, in: "dgesvd", "a \(a.rows)×\(a.columns) matrix")
  }

  /// `U_K diag(s_K) V_Kᵀ`.
  public func truncated(to rank: Int) -> Matrix {
    let kept = Array(values[..<rank])
    return u.columnSlice(0..<rank).scalingColumns(kept) * vt.rowSlice(0..<rank)
  }
}
