import KerfGraph

extension LayerNormalization: RealOperator {
  func evaluate<T: RealElement>(real inputs: [Dense<T>?], into shapes: [[Int]]) throws(EngineError) -> [[T]] {
    guard let x = inputs[0], let scale = inputs[1] else { return [] }
    let bias = inputs.count > 2 ? inputs[2] : nil
    let run = (x.shape[(axis < 0 ? axis + x.shape.count : axis)...]).saturatingProduct
    let scalePlace = BroadcastIndex(scale.shape, to: x.shape)
    let biasPlace = BroadcastIndex(bias?.shape ?? [], to: x.shape)
    var y = x.elements
    var means: [T] = []
    var inverses: [T] = []
    for start in stride(from: 0, to: y.count, by: max(run, 1)) {
      let places = start..<start + run
      let moments = Moments(x.elements[places], centered: centers)
      let (mean, inverse) = (T(moments.mean), T(1 / (moments.variance + Double(epsilon)).squareRoot()))
      for i in places {
        y[i] = (y[i] - mean) * inverse * scale.elements[scalePlace[i]]
        if let bias { y[i] += bias.elements[biasPlace[i]] }
      }
      means.append(mean)
      inverses.append(inverse)
    }
    return Array([y, means, inverses].prefix(shapes.count))
  }
}
