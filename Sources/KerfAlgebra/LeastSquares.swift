/// The thin QR factorization `A = Q R` of a matrix with at least as many rows as columns.
public struct QR: Sendable {
  /// `[m × n]`, orthonormal columns.
  public let q: Matrix
  /// `[n × n]`, upper triangular.
  public let r: Matrix

  /// - Throws: `AlgebraError.illegalArgument`.
  public init(_ a: Matrix) throws(AlgebraError) {
    precondition(a.rows >= a.columns, "\(a.rows)×\(a.columns) has fewer rows than columns")
    var work = a.transposed.elements
    var r = [Double](repeating: 0, count: a.columns * a.columns)
    let info = a.columns == 0 ? 0 : Backend.qr(&work, rows: a.rows, columns: a.columns, r: &r)
    guard info == 0 else { throw AlgebraError(.illegalArgument, in: "dgeqrf", "argument \(-info) of a \(a.rows)×\(a.columns) matrix") }
    q = Matrix(work, rows: a.columns, columns: a.rows).transposed
    self.r = Matrix(r, rows: a.columns, columns: a.columns)
  }
}

extension Matrix {
  /// The minimum-norm `X` of `min ‖A X − B‖_F` (`A` is this matrix), by SVD (`dgelsd`).
  ///
  /// - Parameter cutoff: singular values below `cutoff · s_max` count as zero.
  /// - Throws: `AlgebraError.notFinite`, `.notConverged`.
  public func leastSquares(_ b: Matrix, cutoff: Double = 1e-12) throws(AlgebraError) -> Matrix {
    precondition(rows == b.rows, "\(rows)×\(columns) with \(b.rows)×\(b.columns)")
    guard isFinite && b.isFinite else { throw AlgebraError(.notFinite, in: "dgelsd", "a \(rows)×\(columns) system holds NaN or infinity") }
    let height = max(rows, columns)
    var a = transposed.elements
    var right = [Double](repeating: 0, count: max(1, height * b.columns))
    for column in 0..<b.columns { for row in 0..<rows { right[column * height + row] = b[row, column] } }
    if rows > 0 && columns > 0 && b.columns > 0 {
      guard Backend.leastSquares(&a, rows: rows, columns: columns, &right, count: b.columns, cutoff: cutoff) == 0 else {
        throw AlgebraError(.notConverged, in: "dgelsd", "a \(rows)×\(columns) system")
      }
    }
    var result = Matrix.zeros(columns, b.columns)
    for column in 0..<b.columns { for row in 0..<columns { result[row, column] = right[column * height + row] } }
    return result
  }
}
