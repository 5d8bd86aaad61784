import KerfGraph

extension InstanceNormalization: RealOperator {
  func evaluate<T: RealElement>(real inputs: [Dense<T>?], into shapes: [[Int]]) throws(EngineError) -> [[T]] {
    guard let x = inputs[0], let scale = inputs[1]?.elements, let bias = inputs[2]?.elements else { return [] }
    let channels = x.shape[1]
    let plane = x.shape[2...].saturatingProduct
    let perGroup = max(channels / max(groups ?? channels, 1), 1)
    var y = x.elements
    for group in 0..<x.shape[0] * channels / perGroup {
      let moments = Moments(x.elements[group * perGroup * plane..<(group + 1) * perGroup * plane])
      let (mean, inverse) = (T(moments.mean), T(1 / (moments.variance + Double(epsilon)).squareRoot()))
      for image in group * perGroup..<(group + 1) * perGroup {
        let entry = scalesGroups ? image % channels / perGroup : image % channels
        let (factor, offset) = (inverse * scale[entry], bias[entry])
        for i in image * plane..<(image + 1) * plane { y[i] = (y[i] - mean) * factor + offset }
      }
    }
    return [y]
  }
}
