/// Numbers with a multiply-add that never traps: integers wrap as ONNX's do.
protocol Multipliable: AdditiveArithmetic, Sendable {
  func addingProduct(of a: Self, and b: Self) -> Self
}

extension Float: Multipliable {
  @inline(__always) func addingProduct(of a: Float, and b: Float) -> Float { self + a * b }
}
extension Double: Multipliable {
  @inline(__always) func addingProduct(of a: Double, and b: Double) -> Double { self + a * b }
}
extension Multipliable where Self: FixedWidthInteger {
  @inline(__always) func addingProduct(of a: Self, and b: Self) -> Self { self &+ a &* b }
}
extension Int32: Multipliable {}
extension UInt32: Multipliable {}
extension Int64: Multipliable {}
extension UInt64: Multipliable {}

/// Plain matrix products.
enum MatrixProduct {
  /// `Y += A·B` with `A [M, K]`, `B [K, N]`, `Y [M, N]`, all row-major.
  ///
  /// Rows of `B` are scaled and added four at a time onto a stretch of a row of `Y` that stays in the first cache.
  static func add<T: Multipliable>(
    _ a: UnsafePointer<T>, _ b: UnsafePointer<T>, into y: UnsafeMutablePointer<T>, m: Int, k: Int, n: Int
  ) {
    let stretch = 512
    for start in stride(from: 0, to: n, by: stretch) {
      let width = min(stretch, n - start)
      for i in 0..<m {
        let row = y + i * n + start
        let factors = a + i * k
        var l = 0
        while l + 4 <= k {
          let (f0, f1, f2, f3) = (factors[l], factors[l + 1], factors[l + 2], factors[l + 3])
          let (b0, b1, b2, b3) = (b + l * n + start, b + (l + 1) * n + start, b + (l + 2) * n + start, b + (l + 3) * n + start)
          for j in 0..<width {
            row[j] = row[j].addingProduct(of: f0, and: b0[j]).addingProduct(of: f1, and: b1[j])
              .addingProduct(of: f2, and: b2[j]).addingProduct(of: f3, and: b3[j])
          }
          l += 4
        }
        while l < k {
          let (factor, line) = (factors[l], b + l * n + start)
          for j in 0..<width { row[j] = row[j].addingProduct(of: factor, and: line[j]) }
          l += 1
        }
      }
    }
  }

  /// `Y += A·Bᵀ` with `A [M, K]`, `B [N, K]`, `Y [M, N]`, all row-major: for few rows, where transposing `B` would cost more than the
  /// product.
  static func addTransposed<T: Multipliable>(
    _ a: UnsafePointer<T>, _ b: UnsafePointer<T>, into y: UnsafeMutablePointer<T>, m: Int, k: Int, n: Int
  ) {
    for i in 0..<m {
      let row = a + i * k
      for j in 0..<n {
        let line = b + j * k
        // Four sums run side by side, so that one addition need not wait for the last.
        var (s0, s1, s2, s3) = (y[i * n + j], T.zero, T.zero, T.zero)
        var l = 0
        while l + 4 <= k {
          s0 = s0.addingProduct(of: row[l], and: line[l])
          s1 = s1.addingProduct(of: row[l + 1], and: line[l + 1])
          s2 = s2.addingProduct(of: row[l + 2], and: line[l + 2])
          s3 = s3.addingProduct(of: row[l + 3], and: line[l + 3])
          l += 4
        }
        while l < k {
          s0 = s0.addingProduct(of: row[l], and: line[l])
          l += 1
        }
        y[i * n + j] = (s0 + s1) + (s2 + s3)
      }
    }
  }

  /// The transpose of a row-major matrix `[rows, columns]`, in square blocks that stay in the first cache.
  static func transposed<T: Multipliable>(_ elements: [T], rows: Int, columns: Int) -> [T] {
    var result = [T](repeating: .zero, count: elements.count)
    let block = 32
    for r in stride(from: 0, to: rows, by: block) {
      for c in stride(from: 0, to: columns, by: block) {
        for i in r..<min(r + block, rows) {
          for j in c..<min(c + block, columns) { result[j * rows + i] = elements[i * columns + j] }
        }
      }
    }
    return result
  }
}
