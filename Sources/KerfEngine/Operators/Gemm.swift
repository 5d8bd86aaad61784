import KerfGraph

extension Gemm: RealOperator {
  func evaluate<T: RealElement>(real inputs: [Dense<T>?], into shapes: [[Int]]) throws(EngineError) -> [[T]] {
    guard let a = inputs[0], let b = inputs[1] else { return [] }
    let (m, n) = (shapes[0][0], shapes[0][1])
    let k = a.shape[transA ? 0 : 1]
    let left = transA ? MatrixProduct.transposed(a.elements, rows: k, columns: m) : a.elements
    let fewRows = transB && m < 8
    let right = transB && !fewRows ? MatrixProduct.transposed(b.elements, rows: n, columns: k) : b.elements
    var y = [T](repeating: 0, count: m * n)
    // SAFETY: the definition checked that A′ is [M, K] and B′ [K, N] (or B [N, K]); y was made [M, N].
    left.withUnsafeBufferPointer { pa in
      right.withUnsafeBufferPointer { pb in
        y.withUnsafeMutableBufferPointer { py in
          guard let pa = pa.baseAddress, let pb = pb.baseAddress, let py = py.baseAddress else { return }
          if fewRows {
            MatrixProduct.addTransposed(pa, pb, into: py, m: m, k: k, n: n)
          } else {
            MatrixProduct.add(pa, pb, into: py, m: m, k: k, n: n)
          }
        }
      }
    }
    if alpha != 1 { for i in y.indices { y[i] *= T(alpha) } }
    if inputs.count > 2, let c = inputs[2], beta != 0 {
      let factor = T(beta)
      y = try BroadcastWalk([m, n], c.shape).map(y, c.elements) { $0 + factor * $1 }
    }
    return [y]
  }
}
