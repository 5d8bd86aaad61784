#if !canImport(Accelerate)
  import CLAPACK

  /// LAPACK through LAPACKE, always column-major: a row-major matrix is handed over as its transpose.
  extension Backend {
    private static let layout: Int32 = LAPACK_COL_MAJOR

    /// `A = U S Vᵀ` of a column-major `rows × columns` matrix; `A` is destroyed. Returns LAPACK's `info`.
    static func svd(
      _ a: inout [Double], rows: Int, columns: Int, s: inout [Double], u: inout [Double], vt: inout [Double], robust: Bool
    ) -> Int {
      _ = ready
      let (m, n, k) = (Int32(rows), Int32(columns), Int32(min(rows, columns)))
      if robust {
        var superdiagonal = [Double](repeating: 0, count: Swift.max(1, Int(k)))
        return Int(LAPACKE_dgesvd(layout, 83, 83, m, n, &a, m, &s, &u, m, &vt, k, &superdiagonal))  // 83: 'S'
      }
      return Int(LAPACKE_dgesdd(layout, 83, m, n, &a, m, &s, &u, m, &vt, k))
    }

    /// Eigenvalues, ascending, and eigenvectors of a symmetric matrix, which they replace (vector `i` at `i·size`).
    static func eigen(_ a: inout [Double], size: Int, values: inout [Double]) -> Int {
      _ = ready
      let n = Int32(size)
      return Int(LAPACKE_dsyevd(layout, 86, 76, n, &a, n, &values))  // 'V', 'L'
    }

    /// The lower Cholesky factor of a column-major matrix, in its lower triangle.
    static func cholesky(_ a: inout [Double], size: Int) -> Int {
      _ = ready
      return Int(LAPACKE_dpotrf(layout, 76, Int32(size), &a, Int32(size)))
    }

    /// Solves `A X = B` with the factor of `cholesky`; `B` is column-major `size × count`.
    static func choleskySolve(_ factor: [Double], size: Int, _ b: inout [Double], count: Int) -> Int {
      _ = ready
      let n = Int32(size)
      return Int(LAPACKE_dpotrs(layout, 76, n, Int32(count), factor, n, &b, n))
    }

    /// The thin QR factorization of a column-major matrix: Q replaces it, `tau` and R's triangle are returned first.
    static func qr(_ a: inout [Double], rows: Int, columns: Int, r: inout [Double]) -> Int {
      _ = ready
      let (m, n, k) = (Int32(rows), Int32(columns), Int32(min(rows, columns)))
      var tau = [Double](repeating: 0, count: Swift.max(1, Int(k)))
      let info = LAPACKE_dgeqrf(layout, m, n, &a, m, &tau)
      if info != 0 { return Int(info) }
      for column in 0..<columns {
        for row in 0..<min(column + 1, Int(k)) { r[row * columns + column] = a[column * rows + row] }
      }
      return Int(LAPACKE_dorgqr(layout, m, k, k, &a, m, &tau))
    }

    /// Minimum-norm least squares by SVD; `b` is column-major with `max(rows, columns)` rows.
    static func leastSquares(_ a: inout [Double], rows: Int, columns: Int, _ b: inout [Double], count: Int, cutoff: Double) -> Int {
      _ = ready
      var s = [Double](repeating: 0, count: Swift.max(1, min(rows, columns)))
      var rank: Int32 = 0
      return Int(
        LAPACKE_dgelsd(
          layout, Int32(rows), Int32(columns), Int32(count), &a, Int32(rows), &b,
          Int32(Swift.max(rows, columns)), &s, cutoff, &rank))
    }
  }
#endif
