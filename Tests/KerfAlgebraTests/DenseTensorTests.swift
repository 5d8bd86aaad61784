import KerfAlgebra
import Testing

@Suite struct DenseTensorTests {
  private let tensor: DenseTensor = {
    var generator = SeededGenerator(seed: 9)
    return DenseTensor(generator.normalMatrix(1, 2 * 3 * 4 * 5).elements, shape: [2, 3, 4, 5])
  }()

  @Test("Unfolding puts element (i, others) where the definition says, and folding undoes it", arguments: 0..<4)
  func unfolding(mode: Int) {
    let unfolded = tensor.unfolded(mode)
    #expect(unfolded.rows == tensor.shape[mode])
    #expect(DenseTensor.folded(unfolded, mode: mode, shape: tensor.shape) == tensor)
    if mode == 2 {
      // Element (1, 2, 3, 4): row 3, column (1·3 + 2)·5 + 4.
      #expect(unfolded[3, 29] == tensor.elements[((1 * 3 + 2) * 4 + 3) * 5 + 4])
    }
  }

  @Test("Mode products on different modes commute, on one mode compose")
  func modeProducts() {
    var generator = SeededGenerator(seed: 10)
    let (a, b, c) = (generator.normalMatrix(6, 3), generator.normalMatrix(2, 5), generator.normalMatrix(4, 6))
    func distance(_ x: DenseTensor, _ y: DenseTensor) -> Double {
      zip(x.elements, y.elements).map { abs($0 - $1) }.max() ?? .infinity
    }
    let left = tensor.modeProduct(a, mode: 1).modeProduct(b, mode: 3)
    #expect(left.shape == [2, 6, 4, 2])
    #expect(distance(left, tensor.modeProduct(b, mode: 3).modeProduct(a, mode: 1)) < 1e-13)
    #expect(distance(tensor.modeProduct(a, mode: 1).modeProduct(c, mode: 1), tensor.modeProduct(c * a, mode: 1)) < 1e-12)
  }

  @Test("Permuting back restores the tensor")
  func permutation() {
    let permuted = tensor.permuted([2, 0, 3, 1])
    #expect(permuted.shape == [4, 2, 5, 3])
    #expect(permuted.permuted([1, 3, 0, 2]) == tensor)
  }

  @Test("Leading vectors are orthonormal and catch the most energy")
  func leadingVectors() throws {
    let vectors = try tensor.leadingVectors(mode: 3, rank: 2)
    #expect((vectors.timesTransposed(vectors) - .identity(2)).norm < 1e-13)
    let values = try SingularValueDecomposition(tensor.unfolded(3)).values
    let kept = (vectors * tensor.unfolded(3)).squaredNorm
    #expect(abs(kept - values.prefix(2).reduce(0) { $0 + $1 * $1 }) < 1e-11)
  }
}
