import KerfGraph

extension Gemm: RealOperator {
  func evaluate<T: RealElement>(real inputs: [Dense<T>?], into shapes: [[Int]]) throws(EngineError) -> [[T]] {
    guard let a = inputs[0], let b = inputs[1] else { return [] }
    let (m, n) = (shapes[0][0], shapes[0][1])
    let k = a.shape[transA ? 0 : 1]
    let left = transA ? MatrixProduct.transposed(a.elements, rows: k, columns: m) : a.elements
    let right = transB ? MatrixProduct.transposed(b.elements, rows: n, columns: k) : b.elements
    var y = [T](repeating: 0, count: m * n)
    // SAFETY: the definition checked that A′ is [M, K] and B′ [K, N]; y was made [M, N].
    left.withUnsafeBufferPointer { pa in
      right.withUnsafeBufferPointer { pb in
        y.withUnsafeMutableBufferPointer { py in
          guard let pa = pa.baseAddress, let pb = pb.baseAddress, let py = py.baseAddress else { return }
          MatrixProduct.add(pa, pb, into: py, m: m, k: k, n: n)
        }
      }
    }
    if alpha != 1 { for i in y.indices { y[i] *= T(alpha) } }
    if inputs.count > 2, let c = inputs[2], beta != 0 {
      let (rows, columns) = (c.shape.count > 1 ? c.shape[c.shape.count - 2] : 1, c.shape.last ?? 1)
      for i in y.indices {
        y[i] += T(beta) * c.elements[(rows == 1 ? 0 : i / n) * columns + (columns == 1 ? 0 : i % n)]
      }
    }
    return [y]
  }
}
