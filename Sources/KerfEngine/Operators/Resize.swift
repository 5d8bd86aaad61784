import KerfGraph

extension Resize: ReferenceOperator {
  public func evaluate(_ inputs: [Tensor?], count: Int) throws(EngineError) -> [Tensor] {
    let outputs = try checkedOutputs(inputs, count: count, node: label)
    guard let x = inputs[0], let output = outputs.first else { return [] }
    let axes = try EngineError.from { () throws(GraphError) in try resizedAxes(shape: x.shape, inputs: inputs) }
    if !output.shape.contains(0), x.shape.contains(0) {
      throw EngineError(.shape, node: label, "an empty input \(x.shape) cannot be enlarged to \(output.shape)")
    }
    guard let y = mode == .nearest ? picked(x, axes) : interpolated(x, axes) else {
      throw EngineError(.unsupported, node: label, "Resize of \(x.type) with mode \(mode)")
    }
    return [y]
  }

  /// Nearest neighbours are copies, whatever the type.
  private func picked(_ x: Tensor, _ axes: [ResizeAxis]) -> Tensor? {
    let offsets = zip(axes, x.axisOffsets).map { axis, offsets in
      if axis.isIdentity { return offsets }
      let taps = ResizeTaps(self, axis)
      return taps.places.indices.map { taps.isOutside[$0] ? -1 : offsets[taps.places[$0]] }
    }
    let fill = storage([Double(extrapolationValue)], x.type).map { Tensor(shape: [], storage: $0) }
    return x.picking(offsets, fill: offsets.contains { $0.contains(-1) } ? fill : nil)
  }

  /// One axis after the other; the interpolation is separable. Integers are interpolated as real numbers and rounded down.
  private func interpolated(_ x: Tensor, _ axes: [ResizeAxis]) -> Tensor? {
    let shape = axes.map(\.output)
    if case .float(let e) = x.storage { return Tensor(interpolated(e, axes), shape: shape) }
    guard x.type != .bool, let e = Double.elements(of: x) ?? x.integers()?.map({ Double($0) }) else { return nil }
    return storage(interpolated(e, axes), x.type).map { Tensor(shape: shape, storage: $0) }
  }

  private func interpolated<T: RealElement>(_ x: [T], _ axes: [ResizeAxis]) -> [T] {
    var y = x
    for (i, axis) in axes.enumerated() where !axis.isIdentity {
      let outer = axes[..<i].map(\.output).saturatingProduct
      let inner = axes[(i + 1)...].map(\.input).saturatingProduct
      y = mixed(y, outer: outer, extent: axis.input, inner: inner, ResizeTaps(self, axis))
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

  /// Numbers as elements of a type: integers rounded down and saturated.
  private func storage(_ elements: [Double], _ type: ElementType) -> Tensor.Storage? {
    func integers<I: FixedWidthInteger>(_: I.Type) -> [I] {
      elements.map { $0.isNaN ? 0 : I(exactly: $0.rounded(.down)) ?? ($0 < 0 ? I.min : I.max) }
    }
    return switch type {
    case .int8: .int8(integers(Int8.self))
    case .uint8: .uint8(integers(UInt8.self))
    case .int16: .int16(integers(Int16.self))
    case .uint16: .uint16(integers(UInt16.self))
    case .int32: .int32(integers(Int32.self))
    case .uint32: .uint32(integers(UInt32.self))
    case .int64: .int64(integers(Int64.self))
    case .uint64: .uint64(integers(UInt64.self))
    default: Double.storage(elements, as: type)
    }
  }
}
