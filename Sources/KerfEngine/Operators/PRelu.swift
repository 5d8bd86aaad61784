import KerfGraph

extension PRelu: RealOperator {
  func evaluate<T: RealElement>(real inputs: [Dense<T>?], into shapes: [[Int]]) throws(EngineError) -> [[T]] {
    guard let x = inputs[0], let slope = inputs[1] else { return [] }
    let walk = try BroadcastWalk(x.shape, slope.shape)
    return [walk.map(x.elements, slope.elements) { $0 < 0 ? $1 * $0 : $0 }]
  }
}
