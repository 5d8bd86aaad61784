import KerfGraph

extension Conv: RealOperator {
  /// `y[b, n, o] = B[n] + Σ W[n, c, k] · x[b, c, o·stride + k·dilation − before]`, the sum over the group's channels and the taps.
  ///
  /// Output rows are made one after the other, each by adding scaled input rows: a row stays in the first cache.
  func evaluate<T: RealElement>(real inputs: [Dense<T>?], into shapes: [[Int]]) throws(EngineError) -> [[T]] {
    guard let x = inputs[0], let w = inputs[1] else { return [] }
    let bias = inputs.count > 2 ? inputs[2]?.elements : nil
    return [try convolved(x, w, bias: bias, output: shapes[0])]
  }

  /// The convolution of operands whose shapes were checked, reals or integers.
  func convolved<T: Multipliable>(_ x: Dense<T>, _ w: Dense<T>, bias: [T]?, output: [Int]) throws(EngineError) -> [T] {
    let kernel = Array(w.shape[2...])
    let axes = try EngineError.from { () throws(GraphError) in try window.axes(input: Array(x.shape[2...]), kernel: kernel, node: label) }
    guard let spatial = SpatialAxes(input: Array(x.shape[2...]), output: Array(output[2...]), axes: axes) else {
      throw EngineError(.unsupported, node: label, "convolution over \(axes.count) axes")
    }
    var y = [T](repeating: .zero, count: output.saturatingProduct)
    let (small, large, taps) = (spatial.outputCount, spatial.inputCount, spatial.kernelCount)
    let (channels, outputs, perGroup) = (x.shape[1], w.shape[0], w.shape[1])
    // SAFETY: the definition checked that x is [B, C, d…], W [N, C/g, k…], B [N] and y [B, N, d'…]; `positions` and `taps` keep
    // every input index within the spatial extents, and y's rows are those of its shape.
    x.elements.withUnsafeBufferPointer { bx in
      w.elements.withUnsafeBufferPointer { bw in
        y.withUnsafeMutableBufferPointer { by in
          guard let px = bx.baseAddress, let pw = bw.baseAddress, let py = by.baseAddress else { return }
          for plane in 0..<(x.shape[0] * outputs) {
            let (b, n) = (plane / outputs, plane % outputs)
            let firstChannel = n / (outputs / groups) * perGroup
            let from = px + (b * channels + firstChannel) * large
            let kernel = pw + n * perGroup * taps
            spatial.convolve(from, channels: perGroup, kernel, bias: bias?[n] ?? .zero, into: py + plane * small)
          }
        }
      }
    }
    if let bias, w.elements.isEmpty || x.elements.isEmpty {
      for i in y.indices { y[i] = bias[i / small % outputs] }
    }
    return y
  }
}

extension SpatialAxes {
  /// One output plane from `channels` input planes and their kernels.
  @inline(__always)
  fileprivate func convolve<T: Multipliable>(
    _ x: UnsafePointer<T>, channels: Int, _ w: UnsafePointer<T>, bias: T, into y: UnsafeMutablePointer<T>
  ) {
    let (kz, ky, kx) = (axes[0].kernel, axes[1].kernel, axes[2].kernel)
    let (sx, dx, before) = (axes[2].stride, axes[2].dilation, axes[2].before)
    let columns = (0..<kx).map { positions(axis: 2, tap: $0) }
    for oz in 0..<output[0] {
      let (zTaps, z0) = taps(axis: 0, position: oz)
      for oy in 0..<output[1] {
        let (yTaps, y0) = taps(axis: 1, position: oy)
        let row = y + (oz * output[1] + oy) * output[2]
        for i in 0..<output[2] { row[i] = bias }
        for c in 0..<channels {
          for z in zTaps {
            for v in yTaps {
              let slice = c * input[0] + z0 + z * axes[0].dilation
              let line = x + (slice * input[1] + y0 + v * axes[1].dilation) * input[2]
              let weights = w + ((c * kz + z) * ky + v) * kx
              for u in 0..<kx {
                let factor = weights[u]
                let from = u * dx - before
                let (start, end) = (columns[u].lowerBound, columns[u].upperBound)
                if sx == 1 {
                  for o in start..<end { row[o] = row[o].addingProduct(of: factor, and: line[o + from]) }
                } else {
                  for o in start..<end { row[o] = row[o].addingProduct(of: factor, and: line[o * sx + from]) }
                }
              }
            }
          }
        }
      }
    }
  }
}
