import KerfGraph

extension DynamicQuantizeLinear: ReferenceOperator {
  public func evaluate(_ inputs: [Tensor?], count: Int) throws(EngineError) -> [Tensor] {
    _ = try checkedOutputs(inputs, count: count, node: label)
    guard let x = inputs[0], case .float(let elements) = x.storage else {
      throw EngineError(.unsupported, node: label, "quantizing \(inputs[0]?.type ?? .undefined) by its range")
    }
    // NaN compares false and is left out of the range.
    var (low, high) = (Float(0), Float(0))
    for value in elements {
      if value < low { low = value }
      if value > high { high = value }
    }
    let scale = high > low ? (high - low) / 255 : 1
    func level(_ value: Float) -> Float { (value / scale).rounded(.toNearestOrEven) }
    let zero = max(0, min(255, level(-low)))
    let levels = elements.map { value in
      let ratio = level(value)
      return UInt8(max(0, min(255, (ratio.isNaN ? 0 : ratio) + (zero.isNaN ? 0 : zero))))
    }
    let all = [
      Tensor(shape: x.shape, storage: .uint8(levels)), Tensor(scalar: scale),
      Tensor(shape: [], storage: .uint8([UInt8(zero.isNaN ? 0 : zero)])),
    ]
    return Array(all.prefix(count))
  }
}
