import KerfGraph

extension ConvTranspose: RealOperator {
  /// `y[b, n, i·stride + k·dilation − before] += W[c, n, k] · x[b, c, i]`, onto the bias.
  func evaluate<T: RealElement>(real inputs: [Dense<T>?], into shapes: [[Int]]) throws(EngineError) -> [[T]] {
    guard let x = inputs[0], let w = inputs[1] else { return [] }
    let bias = inputs.count > 2 ? inputs[2]?.elements : nil
    let axes = try EngineError.from { () throws(GraphError) in try self.axes(input: Array(x.shape[2...]), kernel: Array(w.shape[2...])) }
    // The window that walks over the *output* and meets the input: the convolution whose transpose this is.
    let forward = axes.map { Window.Axis(kernel: $0.kernel, stride: $0.stride, dilation: $0.dilation, before: $0.before, after: 0) }
    guard let spatial = SpatialAxes(input: axes.map(\.output), output: Array(x.shape[2...]), axes: forward) else {
      throw EngineError(.unsupported, node: label, "transposed convolution over \(axes.count) axes")
    }
    let outputs = shapes[0][1]
    let (channels, perGroup) = (x.shape[1], w.shape[1])
    let inGroup = channels / groups
    let (small, large, taps) = (spatial.outputCount, spatial.inputCount, spatial.kernelCount)
    var y = [T](repeating: 0, count: shapes[0].saturatingProduct)
    if let bias { for i in y.indices { y[i] = bias[i / large % outputs] } }
    // SAFETY: the definition checked that x is [B, C, d…], W [C, N/g, k…] and y [B, N, d'…]; `positions` and `taps` keep every
    // index into y within its spatial extents.
    x.elements.withUnsafeBufferPointer { bx in
      w.elements.withUnsafeBufferPointer { bw in
        y.withUnsafeMutableBufferPointer { by in
          guard let px = bx.baseAddress, let pw = bw.baseAddress, let py = by.baseAddress else { return }
          for b in 0..<x.shape[0] {
            for c in 0..<channels {
              for n in 0..<perGroup {
                let output = c / inGroup * perGroup + n
                let from = px + (b * channels + c) * small
                let kernel = pw + (c * perGroup + n) * taps
                spatial.scatter(from, kernel, into: py + (b * outputs + output) * large)
              }
            }
          }
        }
      }
    }
    return [y]
  }
}

extension SpatialAxes {
  /// Adds one plane, spread by its kernel, onto a plane of the larger extents.
  @inline(__always)
  fileprivate func scatter<T: RealElement>(_ x: UnsafePointer<T>, _ w: UnsafePointer<T>, into y: UnsafeMutablePointer<T>) {
    let (ky, kx) = (axes[1].kernel, axes[2].kernel)
    let (sx, dx, before) = (axes[2].stride, axes[2].dilation, axes[2].before)
    let columns = (0..<kx).map { positions(axis: 2, tap: $0) }
    for iz in 0..<output[0] {
      let (zTaps, z0) = taps(axis: 0, position: iz)
      for iy in 0..<output[1] {
        let (yTaps, y0) = taps(axis: 1, position: iy)
        let line = x + (iz * output[1] + iy) * output[2]
        for z in zTaps {
          for v in yTaps {
            let plane = (z0 + z * axes[0].dilation) * input[1]
            let row = y + (plane + y0 + v * axes[1].dilation) * input[2]
            for u in 0..<kx {
              let factor = w[(z * ky + v) * kx + u]
              let from = u * dx - before
              for i in columns[u] { row[i * sx + from] += factor * line[i] }
            }
          }
        }
      }
    }
  }
}
