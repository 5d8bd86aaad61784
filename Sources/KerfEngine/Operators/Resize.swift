import KerfGraph

extension Resize: ReferenceOperator {
  public func evaluate(_ inputs: [Tensor?], count: Int) throws(EngineError) -> [Tensor] {
    let outputs = try checkedOutputs(inputs, count: count, node: label)
    guard let x = inputs[0], let output = outputs.first else { return [] }
    let axes: [ResizeAxis]
    do { axes = try resizedAxes(shape: x.shape, inputs: inputs) } catch { throw EngineError(error) }
    if !output.shape.contains(0), x.shape.contains(0) {
      throw EngineError(.shape, node: label, "an empty input \(x.shape) cannot be enlarged to \(output.shape)")
    }
    let storage: Tensor.Storage?
    switch x.storage {
    case .float(let e): storage = .float(resampled(e, axes))
    case .double(let e): storage = .double(resampled(e, axes))
    case .float16, .bfloat16: storage = Float.storage(resampled(x.floats() ?? [], axes), as: x.type)
    default: storage = integers(resampled(x.integers()?.map { Double($0) } ?? [], axes), x.type)
    }
    guard let storage else { throw EngineError(.unsupported, node: label, "Resize of \(x.type)") }
    return [Tensor(shape: output.shape, storage: storage)]
  }

  /// One axis after the other; the interpolation is separable.
  private func resampled<T: RealElement>(_ x: [T], _ axes: [ResizeAxis]) -> [T] {
    var y = x
    for (i, axis) in axes.enumerated() where !axis.isIdentity {
      let taps = ResizeTaps(self, axis)
      let outer = axes[..<i].map(\.output).saturatingProduct
      let inner = axes[(i + 1)...].map(\.input).saturatingProduct
      y = mixed(y, outer: outer, extent: axis.input, inner: inner, taps)
    }
    return y
  }

  /// `y[a, o, b] = Σᵢ weights[o][i] · x[a, places[o][i], b]`
  private func mixed<T: RealElement>(_ x: [T], outer: Int, extent: Int, inner: Int, _ taps: ResizeTaps) -> [T] {
    let outputs = taps.isOutside.count
    var y = [T](repeating: 0, count: outer * outputs * inner)
    for a in 0..<outer {
      for o in 0..<outputs {
        let row = (a * outputs + o) * inner
        if taps.isOutside[o] {
          for b in 0..<inner { y[row + b] = T(extrapolationValue) }
          continue
        }
        for i in o * taps.width..<(o + 1) * taps.width {
          let weight = T(taps.weights[i])
          // A neighbour without weight may be infinite: it must not turn the sum into NaN.
          if weight == 0 { continue }
          let line = (a * extent + taps.places[i]) * inner
          for b in 0..<inner { y[row + b] += weight * x[line + b] }
        }
      }
    }
    return y
  }

  /// Resampled numbers as integers of the input's type, rounded down and saturated.
  private func integers(_ elements: [Double], _ type: ElementType) -> Tensor.Storage? {
    func clamped<I: FixedWidthInteger>(_: I.Type) -> [I] { elements.map { I(max(Double(I.min), min(Double(I.max), $0))) } }
    return switch type {
    case .int8: .int8(clamped(Int8.self))
    case .uint8: .uint8(clamped(UInt8.self))
    case .int16: .int16(clamped(Int16.self))
    case .uint16: .uint16(clamped(UInt16.self))
    case .int32: .int32(clamped(Int32.self))
    case .uint32: .uint32(clamped(UInt32.self))
    default: nil
    }
  }
}
