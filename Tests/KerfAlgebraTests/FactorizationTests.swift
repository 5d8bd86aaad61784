import KerfAlgebra
import Testing

@Suite struct FactorizationTests {
  private func random(_ rows: Int, _ columns: Int, seed: UInt64 = 5) -> Matrix {
    var generator = SeededGenerator(seed: seed)
    return generator.normalMatrix(rows, columns)
  }
  private func distance(_ a: Matrix, _ b: Matrix) -> Double { (a - b).norm / max(b.norm, 1e-300) }

  @Test("Products agree with the definition, whole and in blocks")
  func products() {
    let (a, b) = (random(4, 6), random(6, 5, seed: 6))
    var expected = Matrix.zeros(4, 5)
    for i in 0..<4 { for j in 0..<5 { for k in 0..<6 { expected[i, j] += a[i, k] * b[k, j] } } }
    #expect(distance(a * b, expected) < 1e-14)
    #expect(distance(a.transposed.transposedTimes(b), expected) < 1e-14)
    #expect(distance(a.timesTransposed(b.transposed), expected) < 1e-14)
    var target = Matrix.zeros(7, 8)
    target.multiplyAdd(a.block(rows: 1..<3, columns: 0..<6), b.block(rows: 0..<6, columns: 2..<5), scale: 2, row: 4, column: 5)
    for i in 0..<7 {
      for j in 0..<8 {
        let inside = (4..<6).contains(i) && j >= 5
        #expect(abs(target[i, j] - (inside ? 2 * expected[i - 3, j - 3] : 0)) < 1e-13)
      }
    }
  }

  @Test("The SVD gives back the matrix with orthonormal vectors", arguments: [(5, 9), (9, 5), (6, 6), (1, 4), (40, 3)])
  func svd(rows: Int, columns: Int) throws {
    let a = random(rows, columns)
    let svd = try SingularValueDecomposition(a)
    let k = min(rows, columns)
    #expect(distance(svd.truncated(to: k), a) < 1e-13)
    #expect(distance(svd.u.gram, .identity(k)) < 1e-13)
    #expect(distance(svd.vt.timesTransposed(svd.vt), .identity(k)) < 1e-13)
    #expect(svd.values == svd.values.sorted(by: >))
  }

  @Test("Eigenvectors, roots and inverse roots of a symmetric matrix")
  func symmetric() throws {
    let a = random(20, 7).gram
    let eigen = try SymmetricEigen(a)
    #expect(distance(eigen.applying { $0 }, a) < 1e-13)
    #expect(eigen.values == eigen.values.sorted(by: >))
    let root = try a.squareRoot()
    #expect(distance(root * root, a) < 1e-12)
    let pair = try a.rootAndInverseRoot()
    #expect(distance(pair.root * pair.inverse, .identity(7)) < 1e-11)
  }

  @Test("A rank-deficient matrix has a pseudo-inverse root on its range only")
  func deficient() throws {
    let factor = random(3, 7)
    let a = factor.gram
    let pair = try a.rootAndInverseRoot(cutoff: 1e-10)
    #expect(distance(pair.root * pair.inverse * a, a) < 1e-10)
    #expect(abs((pair.root * pair.inverse).trace - 3) < 1e-9)
    #expect(throws: AlgebraError.self) { try Cholesky(-1 * a) }
    #expect(try a.solvingRight(factor).isFinite)
  }

  @Test("Cholesky, QR and least squares solve what they say")
  func solvers() throws {
    let a = random(12, 5)
    let b = random(12, 3, seed: 8)
    let qr = try QR(a)
    #expect(distance(qr.q * qr.r, a) < 1e-13)
    #expect(distance(qr.q.gram, .identity(5)) < 1e-13)
    for i in 0..<5 { for j in 0..<i { #expect(qr.r[i, j] == 0) } }
    let solution = try a.leastSquares(b)
    #expect(a.transposedTimes(a * solution - b).norm < 1e-11)
    let cholesky = try Cholesky(a.gram)
    #expect(distance(cholesky.solve(a.transposedTimes(b)), solution) < 1e-10)
    #expect(distance(cholesky.lower.timesTransposed(cholesky.lower), a.gram) < 1e-13)
    #expect(distance(cholesky.solveRight(b.transposedTimes(a)) * a.gram, b.transposedTimes(a)) < 1e-10)
  }

  @Test("NaN is refused")
  func notANumber() {
    var a = random(4, 4)
    a[1, 2] = .nan
    #expect(throws: AlgebraError.self) { try SingularValueDecomposition(a) }
    #expect(throws: AlgebraError.self) { try SymmetricEigen(a) }
    #expect(throws: AlgebraError.self) { try a.leastSquares(a) }
  }

  @Test("Reshaping helpers move elements where they say")
  func selections() {
    let a = random(70, 37)
    let t = a.transposed
    for i in 0..<70 { for j in 0..<37 { #expect(a[i, j] == t[j, i]) } }
    #expect(a.selectingColumns([3, 0]).elements.prefix(2) == [a[0, 3], a[0, 0]])
    #expect(a.selectingRows([5]).elements == a.rowSlice(5..<6).elements)
    #expect(a.columnSlice(2..<4)[6, 1] == a[6, 3])
  }
}
