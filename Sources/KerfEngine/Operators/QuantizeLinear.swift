import KerfGraph

extension QuantizeLinear: ReferenceOperator {
  public func evaluate(_ inputs: [Tensor?], count: Int) throws(EngineError) -> [Tensor] {
    let outputs = try checkedOutputs(inputs, count: count, node: label)
    guard let x = inputs[0], let scale = inputs[1], let output = outputs.first else { return [] }
    let zeroPoint = inputs.count > 2 ? inputs[2] : nil
    let granularity = try EngineError.from { () throws(GraphError) in try self.granularity(input: x.shape, scale: scale.shape) }
    guard let elements = x.floats(), let scales = scale.floats() else {
      throw EngineError(.unsupported, node: label, "\(quantizes ? "quantizing" : "dequantizing") \(x.type) by \(scale.type)")
    }
    var zeros: [Int64] = []
    if let zeroPoint {
      guard let integers = zeroPoint.integers() else {
        throw EngineError(.unsupported, node: label, "zero points of type \(zeroPoint.type)")
      }
      zeros = integers
    }
    let storage =
      quantizes
      ? quantized(elements, scales, zeros, granularity, as: output.type)
      : dequantized(x, scales, zeros, granularity, as: output.type)
    guard let storage else { throw EngineError(.unsupported, node: label, "an output of type \(output.type) from \(x.type)") }
    return [Tensor(shape: x.shape, storage: storage)]
  }

  private func quantized(
    _ x: [Float], _ scales: [Float], _ zeros: [Int64], _ granularity: Granularity, as type: ElementType
  ) -> Tensor.Storage? {
    func integers<I: FixedWidthInteger>(_: I.Type) -> [I] {
      x.enumerated().map { i, value in
        let place = granularity.position(i)
        let ratio = value / scales[place]
        // NaN has no level: it becomes that of 0.
        let level = ratio.isNaN ? 0 : Double(ratio.rounded(.toNearestOrEven))
        let shifted = level + (zeros.isEmpty ? 0 : Double(zeros[place]))
        return I(max(Double(I.min), min(Double(I.max), shifted)))
      }
    }
    return switch type {
    case .int8: .int8(integers(Int8.self))
    case .uint8: .uint8(integers(UInt8.self))
    case .int16: .int16(integers(Int16.self))
    case .uint16: .uint16(integers(UInt16.self))
    default: nil
    }
  }

  private func dequantized(
    _ x: Tensor, _ scales: [Float], _ zeros: [Int64], _ granularity: Granularity, as type: ElementType
  ) -> Tensor.Storage? {
    guard let levels = x.integers() else { return nil }
    let y = levels.enumerated().map { i, level in
      let place = granularity.position(i)
      return Float(level - (zeros.isEmpty ? 0 : zeros[place])) * scales[place]
    }
    return Float.storage(y, as: type)
  }
}
