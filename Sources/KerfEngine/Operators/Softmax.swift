import KerfGraph

extension Softmax: RealOperator {
  func evaluate<T: RealElement>(real inputs: [Dense<T>?], into shapes: [[Int]]) throws(EngineError) -> [[T]] {
    guard let x = inputs[0] else { return [] }
    let (outer, extent, inner) = try EngineError.from { () throws(GraphError) in try split(x.shape) }
    var y = x.elements
    for line in 0..<(extent == 0 ? 0 : outer * inner) {
      let start = line / inner * extent * inner + line % inner
      let places = stride(from: start, to: start + extent * inner, by: inner)
      var best = start
      for i in places where y[i] > y[best] { best = i }
      // Subtracting the largest element changes no quotient and keeps the exponentials from overflowing.
      let largest = y[best]
      switch form {
      case .hardmax:
        for i in places { y[i] = i == best ? 1 : 0 }
      case .softmax:
        var sum: T = 0
        for i in places {
          y[i] = T.exp(y[i] - largest)
          sum += y[i]
        }
        for i in places { y[i] /= sum }
      case .logSoftmax:
        var sum: T = 0
        for i in places { sum += T.exp(y[i] - largest) }
        // In this order: the sum of the two would round the small one away.
        let logarithm = T.log(sum)
        for i in places { y[i] = (y[i] - largest) - logarithm }
      }
    }
    return [y]
  }
}
