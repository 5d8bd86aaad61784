import KerfGraph

extension GlobalPool: RealOperator {
  func evaluate<T: RealElement>(real inputs: [Dense<T>?], into shapes: [[Int]]) throws(EngineError) -> [[T]] {
    guard let x = inputs[0] else { return [] }
    let plane = x.shape[2...].saturatingProduct
    return [
      (0..<x.shape[0] * x.shape[1]).map { i in
        let elements = x.elements[i * plane..<(i + 1) * plane]
        switch form {
        case .average: return T(Moments(elements).mean)
        case .max: return elements.max() ?? -.infinity
        case .lp(let p): return T.pow(elements.reduce(0) { $0 + T.pow(abs($1), T(p)) }, 1 / T(p))
        }
      }
    ]
  }
}
