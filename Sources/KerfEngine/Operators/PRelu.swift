import KerfGraph

extension PRelu: RealOperator {
  func evaluate<T: RealElement>(real inputs: [Dense<T>?], into shapes: [[Int]]) throws(EngineError) -> [[T]] {
    guard let x = inputs[0], let slope = inputs[1] else { return [] }
    let place = BroadcastIndex(slope.shape, to: x.shape)
    return [x.elements.enumerated().map { i, value in value < 0 ? slope.elements[place[i]] * value : value }]
  }
}
