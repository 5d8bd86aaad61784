import KerfGraph

extension Pool {
  /// Calls `body` for every output element in order, with the places of the input elements that its window meets.
  ///
  /// - Parameter body: `(plane, position, places)`: the channel plane `b·C + c`, the output position `[z, y, x]` within it and the
  ///   flat places in the input.
  @inline(__always)
  func walk(_ x: [Int], output: [Int], _ body: (Int, (Int, Int, Int), [Int]) -> Void) throws(EngineError) {
    let axes = try EngineError.from { () throws(GraphError) in try self.axes(input: Array(x[2...])) }
    guard let spatial = SpatialAxes(input: Array(x[2...]), output: Array(output[2...]), axes: axes) else {
      throw EngineError(.unsupported, node: label, "pooling over \(axes.count) axes")
    }
    var places: [Int] = []
    let columns = (0..<spatial.output[2]).map { spatial.taps(axis: 2, position: $0) }
    for plane in 0..<x[0] * x[1] {
      for z in 0..<spatial.output[0] {
        let (zTaps, z0) = spatial.taps(axis: 0, position: z)
        for y in 0..<spatial.output[1] {
          let (yTaps, y0) = spatial.taps(axis: 1, position: y)
          for x in 0..<spatial.output[2] {
            let (xTaps, x0) = columns[x]
            places.removeAll(keepingCapacity: true)
            for w in zTaps {
              for v in yTaps {
                let slice = plane * spatial.input[0] + z0 + w * spatial.axes[0].dilation
                let line = (slice * spatial.input[1] + y0 + v * spatial.axes[1].dilation) * spatial.input[2] + x0
                for u in xTaps { places.append(line + u * spatial.axes[2].dilation) }
              }
            }
            body(plane, (z, y, x), places)
          }
        }
      }
    }
  }
}
