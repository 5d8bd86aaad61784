#if canImport(Accelerate)
  import Accelerate
#else
  import CLAPACK
#endif

/// The one place that calls BLAS; LAPACK's routines are in `Backend+LAPACK.swift`.
enum Backend {
  /// Pins OpenBLAS to one thread, once: the order of its sums, and so every bit, no longer depends on the thread count.
  static let ready: Void = {
    #if !canImport(Accelerate)
      openblas_set_num_threads(1)
    #endif
  }()

  static func dot(_ left: [Double], _ right: [Double]) -> Double {
    _ = ready
    return cblas_ddot(numericCast(left.count), left, 1, right, 1)
  }

  static func gemm(_ left: MatrixBlock, _ right: MatrixBlock, scale: Double, into target: inout [Double], offset: Int, stride: Int) {
    _ = ready
    if left.rows == 0 || right.columns == 0 || left.columns == 0 { return }
    // SAFETY: `Matrix.block` checked that each operand's rectangle, and `multiplyAdd` that the result's, lies inside its array.
    left.elements.withUnsafeBufferPointer { a in
      right.elements.withUnsafeBufferPointer { b in
        target.withUnsafeMutableBufferPointer { c in
          guard let a = a.baseAddress, let b = b.baseAddress, let c = c.baseAddress else { return }
          cblas_dgemm(
            CblasRowMajor, left.isTransposed ? CblasTrans : CblasNoTrans, right.isTransposed ? CblasTrans : CblasNoTrans,
            numericCast(left.rows), numericCast(right.columns), numericCast(left.columns), scale, a + left.offset,
            numericCast(left.stride), b + right.offset, numericCast(right.stride), 1, c + offset, numericCast(stride))
        }
      }
    }
  }

  /// Adds `Σ_r x_r x_rᵀ` over `count` rows of length `size` to the upper triangle of a row-major `[size × size]` matrix.
  static func syrk(_ rows: [Double], count: Int, size: Int, into target: inout [Double]) {
    _ = ready
    precondition(rows.count >= count * size && target.count == size * size, "\(count) rows of \(size) in \(rows.count)")
    if count == 0 || size == 0 { return }
    cblas_dsyrk(
      CblasRowMajor, CblasUpper, CblasTrans, numericCast(size), numericCast(count), 1, rows, numericCast(size), 1, &target,
      numericCast(size))
  }
}
