/// The Cholesky factorization `A = L Lᵀ` of a symmetric positive definite matrix.
public struct Cholesky: Sendable {
  let factor: [Double]
  public let size: Int

  /// - Throws: `AlgebraError.notPositiveDefinite`, with the order of the leading minor that failed.
  public init(_ a: Matrix) throws(AlgebraError) {
    precondition(a.rows == a.columns, "\(a.rows)×\(a.columns) is not square")
    var work = a.elements
    let info = a.rows == 0 ? 0 : Backend.cholesky(&work, size: a.rows)
    guard info == 0 else {
      throw AlgebraError(.notPositiveDefinite, in: "dpotrf", "leading minor \(info) of a \(a.rows)×\(a.rows) matrix")
    }
    factor = work
    size = a.rows
  }

  /// `B · A⁻¹` for `B [m × n]`: each row is a right-hand side.
  public func solveRight(_ b: Matrix) -> Matrix {
    precondition(b.columns == size, "\(b.rows)×\(b.columns) with a factor of size \(size)")
    var work = b.elements
    // Row-major B is column-major Bᵀ: A Xᵀ = Bᵀ.
    if b.rows > 0 && size > 0 { _ = Backend.choleskySolve(factor, size: size, &work, count: b.rows) }
    return Matrix(work, rows: b.rows, columns: b.columns)
  }

  /// `A⁻¹ · B`.
  public func solve(_ b: Matrix) -> Matrix { solveRight(b.transposed).transposed }

  /// The row-major lower factor `L`.
  public var lower: Matrix {
    var result = Matrix.zeros(size, size)
    for row in 0..<size { for column in 0...row { result[row, column] = factor[column * size + row] } }
    return result
  }
}

extension Matrix {
  /// `B · A⁻¹` for a positive semidefinite `A` (this matrix): Cholesky where it succeeds, otherwise the pseudo-inverse.
  ///
  /// - Throws: `AlgebraError.notFinite`, `.notConverged`.
  public func solvingRight(_ b: Matrix) throws(AlgebraError) -> Matrix {
    let scale = max(trace / Double(max(rows, 1)), 0)
    if scale > 0 {
      // A whisper of the mean eigenvalue keeps the factor's condition below 1/√ε; its effect is below float32 rounding.
      var shifted = self
      shifted.addToDiagonal(1e-13 * scale)
      if let factor = try? Cholesky(shifted) {
        let result = factor.solveRight(b)
        if result.isFinite { return result }
      }
    }
    return b * (try pseudoInverse(cutoff: 1e-12))
  }
}
