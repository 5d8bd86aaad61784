import KerfGraph

extension AveragePool: RealOperator {
  func evaluate<T: RealElement>(real inputs: [Dense<T>?], into shapes: [[Int]]) throws(EngineError) -> [[T]] {
    guard let x = inputs[0] else { return [] }
    let axes = try EngineError.from { () throws(GraphError) in try pool.axes(input: Array(x.shape[2...])) }
    var y: [T] = []
    y.reserveCapacity(shapes[0].saturatingProduct)
    let exponent = p.map { T($0) }
    let extents = Array(repeating: 1, count: max(0, 3 - axes.count)) + x.shape[2...]
    let windows = Array(repeating: nil, count: max(0, 3 - axes.count)) + axes.map { $0 as Window.Axis? }
    try pool.walk(x.shape, output: shapes[0]) { _, position, places in
      var sum: T = 0
      if let exponent {
        for place in places { sum += T.pow(abs(x.elements[place]), exponent) }
        y.append(T.pow(sum, 1 / exponent))
        return
      }
      for place in places { sum += x.elements[place] }
      var n = places.count
      if countIncludePad {
        n = 1
        for (i, at) in [position.0, position.1, position.2].enumerated() {
          if let axis = windows[i] { n *= paddedTaps(axis, at: at, input: extents[i]) }
        }
      }
      y.append(n == 0 ? 0 : sum / T(n))
    }
    return [y]
  }

  /// Taps that lie in the input or its padding: rounding up lets the last window reach beyond.
  private func paddedTaps(_ axis: Window.Axis, at position: Int, input: Int) -> Int {
    let room = input + axis.before + axis.after - position * axis.stride
    return max(0, min(axis.kernel, (room + axis.dilation - 1) / axis.dilation))
  }
}
