import KerfGraph

extension LayerNormalization: RealOperator {
  func evaluate<T: RealElement>(real inputs: [Dense<T>?], into shapes: [[Int]]) throws(EngineError) -> [[T]] {
    guard let x = inputs[0], let scale = inputs[1] else { return [] }
    let run = x.shape[(axis < 0 ? axis + x.shape.count : axis)...].saturatingProduct
    var normalized = x.elements
    var means: [T] = []
    var inverses: [T] = []
    for start in stride(from: 0, to: normalized.count, by: max(run, 1)) {
      let moments = Moments(x.elements[start..<start + run], centered: centers)
      let (mean, inverse) = (T(moments.mean), T(1 / (moments.variance + Double(epsilon)).squareRoot()))
      for i in start..<start + run { normalized[i] = (normalized[i] - mean) * inverse }
      means.append(mean)
      inverses.append(inverse)
    }
    var y = try BroadcastWalk(x.shape, scale.shape).map(normalized, scale.elements) { $0 * $1 }
    if inputs.count > 2, let bias = inputs[2] { y = try BroadcastWalk(x.shape, bias.shape).map(y, bias.elements) { $0 + $1 } }
    return Array([y, means, inverses].prefix(shapes.count))
  }
}
