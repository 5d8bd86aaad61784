import KerfGraph

extension BatchNormalization: RealOperator {
  func evaluate<T: RealElement>(real inputs: [Dense<T>?], into shapes: [[Int]]) throws(EngineError) -> [[T]] {
    guard let x = inputs[0], let scale = inputs[1], let bias = inputs[2], let mean = inputs[3], let variance = inputs[4] else { return [] }
    guard spatial else { throw EngineError(.unsupported, node: label, "one mean a position (spatial 0)") }
    guard !trainingMode || shapes.count <= 3 else {
      throw EngineError(.unsupported, node: label, "the saved statistics of training before opset 14")
    }
    let channels = x.shape[1]
    let plane = x.shape[2...].saturatingProduct
    var (means, variances) = (mean.elements, variance.elements)
    if trainingMode { (means, variances) = statistics(x.elements, channels: channels, plane: plane) }
    let factors = zip(scale.elements, variances).map { $0 / ($1 + T(epsilon)).squareRoot() }
    var y = x.elements
    var i = 0
    for image in 0..<x.shape[0] * channels {
      let c = image % channels
      let (factor, center, offset) = (factors[c], means[c], bias.elements[c])
      for _ in 0..<plane {
        y[i] = (y[i] - center) * factor + offset
        i += 1
      }
    }
    let keep = T(momentum)
    let running = zip(mean.elements, means).map { keep * $0 + (1 - keep) * $1 }
    let runningVariance = zip(variance.elements, variances).map { keep * $0 + (1 - keep) * $1 }
    return Array([y, running, runningVariance].prefix(shapes.count))
  }

  /// Mean and (population) variance of each channel over the batch.
  private func statistics<T: RealElement>(_ x: [T], channels: Int, plane: Int) -> (means: [T], variances: [T]) {
    var means: [T] = []
    var variances: [T] = []
    for c in 0..<channels {
      let elements = x.indices.lazy.filter { $0 / plane % channels == c }.map { Double(x[$0]) }
      let n = Double(x.count / channels)
      let mean = elements.reduce(0, +) / n
      means.append(T(mean))
      variances.append(T(elements.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / n))
    }
    return (means, variances)
  }
}
