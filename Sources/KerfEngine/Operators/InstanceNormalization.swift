import KerfGraph

extension InstanceNormalization: RealOperator {
  func evaluate<T: RealElement>(real inputs: [Dense<T>?], into shapes: [[Int]]) throws(EngineError) -> [[T]] {
    guard let x = inputs[0], let scale = inputs[1]?.elements, let bias = inputs[2]?.elements else { return [] }
    let channels = x.shape[1]
    let plane = x.shape[2...].saturatingProduct
    let perGroup = channels / max(groups ?? channels, 1)
    var y = x.elements
    for group in 0..<(perGroup == 0 ? 0 : x.shape[0] * channels / perGroup) {
      let places = group * perGroup * plane..<(group + 1) * perGroup * plane
      let moments = Moments(x.elements[places])
      let (mean, factor) = (T(moments.mean), T(1 / (moments.variance + Double(epsilon)).squareRoot()))
      for i in places {
        let channel = i / plane % channels
        let entry = scalesGroups ? channel / perGroup : channel
        y[i] = (y[i] - mean) * factor * scale[entry] + bias[entry]
      }
    }
    return [y]
  }
}
