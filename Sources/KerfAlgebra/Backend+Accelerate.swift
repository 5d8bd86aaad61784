#if canImport(Accelerate)
  import Accelerate

  /// The same face over Accelerate's LAPACK; see `Backend+LAPACK.swift` for the contracts.
  extension Backend {
    private typealias Integer = __CLPK_integer

    static func svd(
      _ a: inout [Double], rows: Int, columns: Int, s: inout [Double], u: inout [Double], vt: inout [Double], robust: Bool
    ) -> Int {
      var (m, n, k, info) = (Integer(rows), Integer(columns), Integer(min(rows, columns)), Integer(0))
      var (lda, ldu) = (m, m)
      var job = Int8(83)
      var jobV = Int8(83)
      var length = Integer(-1)
      var work = [Double](repeating: 0, count: 1)
      var integers = [Integer](repeating: 0, count: 8 * Int(k) + 1)
      for _ in 0..<2 {
        if robust {
          dgesvd_(&job, &jobV, &m, &n, &a, &lda, &s, &u, &ldu, &vt, &k, &work, &length, &info)
        } else {
          dgesdd_(&job, &m, &n, &a, &lda, &s, &u, &ldu, &vt, &k, &work, &length, &integers, &info)
        }
        if length > 0 || info != 0 { break }
        length = Integer(work[0])
        work = [Double](repeating: 0, count: Int(length))
      }
      return Int(info)
    }

    static func eigen(_ a: inout [Double], size: Int, values: inout [Double]) -> Int {
      var (n, lda, info, length, integerLength) = (Integer(size), Integer(size), Integer(0), Integer(-1), Integer(-1))
      var (job, triangle) = (Int8(86), Int8(76))
      var work = [Double](repeating: 0, count: 1)
      var integers = [Integer](repeating: 0, count: 1)
      for _ in 0..<2 {
        dsyevd_(&job, &triangle, &n, &a, &lda, &values, &work, &length, &integers, &integerLength, &info)
        if length > 0 || info != 0 { break }
        (length, integerLength) = (Integer(work[0]), integers[0])
        work = [Double](repeating: 0, count: Int(length))
        integers = [Integer](repeating: 0, count: Int(integerLength))
      }
      return Int(info)
    }

    static func cholesky(_ a: inout [Double], size: Int) -> Int {
      var (n, lda, info, triangle) = (Integer(size), Integer(size), Integer(0), Int8(76))
      dpotrf_(&triangle, &n, &a, &lda, &info)
      return Int(info)
    }

    static func choleskySolve(_ factor: [Double], size: Int, _ b: inout [Double], count: Int) -> Int {
      var (n, lda, ldb, columns, info, triangle) = (Integer(size), Integer(size), Integer(size), Integer(count), Integer(0), Int8(76))
      var matrix = factor
      dpotrs_(&triangle, &n, &columns, &matrix, &lda, &b, &ldb, &info)
      return Int(info)
    }

    static func qr(_ a: inout [Double], rows: Int, columns: Int, r: inout [Double]) -> Int {
      var (m, n, k, lda, info) = (Integer(rows), Integer(columns), Integer(min(rows, columns)), Integer(rows), Integer(0))
      var tau = [Double](repeating: 0, count: max(1, Int(k)))
      var length = Integer(max(1, columns) * 64)
      var work = [Double](repeating: 0, count: Int(length))
      dgeqrf_(&m, &n, &a, &lda, &tau, &work, &length, &info)
      if info != 0 { return Int(info) }
      for column in 0..<columns {
        for row in 0..<min(column + 1, Int(k)) { r[row * columns + column] = a[column * rows + row] }
      }
      var (size, reflectors) = (k, k)
      dorgqr_(&m, &size, &reflectors, &a, &lda, &tau, &work, &length, &info)
      return Int(info)
    }

    static func leastSquares(_ a: inout [Double], rows: Int, columns: Int, _ b: inout [Double], count: Int, cutoff: Double) -> Int {
      var (m, n, right, lda, ldb) = (
        Integer(rows), Integer(columns), Integer(count), Integer(rows), Integer(max(rows, columns))
      )
      var (rank, info, length, limit) = (Integer(0), Integer(0), Integer(-1), cutoff)
      var s = [Double](repeating: 0, count: max(1, min(rows, columns)))
      var work = [Double](repeating: 0, count: 1)
      var integers = [Integer](repeating: 0, count: 1)
      for _ in 0..<2 {
        dgelsd_(&m, &n, &right, &a, &lda, &b, &ldb, &s, &limit, &rank, &work, &length, &integers, &info)
        if length > 0 || info != 0 { break }
        length = Integer(work[0])
        integers = [Integer](repeating: 0, count: max(1, Int(integers[0])))
        work = [Double](repeating: 0, count: Int(length))
      }
      return Int(info)
    }
  }
#endif
