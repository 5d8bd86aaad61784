import KerfGraph

extension Clip: ReferenceOperator {
  public func evaluate(_ inputs: [Tensor?], count: Int) throws(EngineError) -> [Tensor] {
    _ = try checkedOutputs(inputs, count: count, node: label)
    guard let x = inputs[0] else { return [] }
    let storage: Tensor.Storage
    switch x.storage {
    case .float: storage = .float(reals(x, inputs))
    case .double: storage = .double(reals(x, inputs))
    case .float16: storage = .float16(reals(x, inputs).map(HalfPrecision.half))
    case .bfloat16: storage = .bfloat16(reals(x, inputs).map(HalfPrecision.bfloat))
    case .int8(let e): storage = .int8(integers(e, inputs))
    case .uint8(let e): storage = .uint8(integers(e, inputs))
    case .int16(let e): storage = .int16(integers(e, inputs))
    case .uint16(let e): storage = .uint16(integers(e, inputs))
    case .int32(let e): storage = .int32(integers(e, inputs))
    case .uint32(let e): storage = .uint32(integers(e, inputs))
    case .int64(let e): storage = .int64(integers(e, inputs))
    case .uint64(let e): storage = .uint64(integers(e, inputs))
    default: throw EngineError(.unsupported, node: label, "Clip of \(x.type)")
    }
    return [Tensor(shape: x.shape, storage: storage)]
  }

  private func clip<T: Comparable>(_ elements: [T], _ low: T?, _ high: T?) -> [T] {
    elements.map { value in
      var value = value
      if let low, value < low { value = low }
      if let high, value > high { value = high }
      return value
    }
  }

  /// The bound at an input position.
  private func bound(_ inputs: [Tensor?], _ index: Int) -> Tensor? { index < inputs.count ? inputs[index] : nil }

  private func integers<T: FixedWidthInteger>(_ elements: [T], _ inputs: [Tensor?]) -> [T] {
    // The bounds have the input's type: the conversion through 64 bits loses nothing.
    clip(
      elements, bound(inputs, 1)?.integers()?.first.map { T(truncatingIfNeeded: $0) },
      bound(inputs, 2)?.integers()?.first.map { T(truncatingIfNeeded: $0) })
  }

  private func reals<T: RealElement>(_ x: Tensor, _ inputs: [Tensor?]) -> [T] {
    func limit(_ stated: Float?, _ index: Int) -> T? {
      stated.map { T($0) } ?? bound(inputs, index).flatMap { T.elements(of: $0)?.first }
    }
    return clip(T.elements(of: x) ?? [], limit(min, 1), limit(max, 2))
  }
}
