import KerfGraph

extension LRN: RealOperator {
  func evaluate<T: RealElement>(real inputs: [Dense<T>?], into shapes: [[Int]]) throws(EngineError) -> [[T]] {
    guard let x = inputs[0] else { return [] }
    let channels = x.shape[1]
    let plane = x.shape[2...].saturatingProduct
    let (below, above) = ((size - 1) / 2, size / 2)
    let (factor, exponent, bias) = (T(alpha) / T(size), T(beta), T(bias))
    var y = x.elements
    for i in y.indices {
      let c = i / plane % channels
      var sum: T = 0
      for other in max(0, c - below)...min(channels - 1, c + above) {
        let value = x.elements[i + (other - c) * plane]
        sum += value * value
      }
      y[i] = x.elements[i] / T.pow(bias + factor * sum, exponent)
    }
    return [y]
  }
}
