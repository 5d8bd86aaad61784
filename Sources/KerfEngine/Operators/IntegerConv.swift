import KerfGraph

extension IntegerConv: ReferenceOperator {
  public func evaluate(_ inputs: [Tensor?], count: Int) throws(EngineError) -> [Tensor] {
    let outputs = try checkedOutputs(inputs, count: count, node: label)
    guard let x = inputs[operands.x], let w = inputs[operands.w], let shape = outputs.first?.shape else { return [] }
    let wZero = inputs.optional(operands.wZero)
    // One zero point an output channel lies along W's first axis.
    let along = wZero.map { $0.shape + Array(repeating: 1, count: w.rank - 1) }
    let left = Dense(shape: x.shape, elements: try QuantizedArithmetic.centred(x, zero: inputs.optional(operands.xZero), node: label))
    let right = Dense(shape: w.shape, elements: try QuantizedArithmetic.centred(w, zero: wZero, as: along, node: label))
    var bias: [Int32]?
    if let tensor = operands.bias.flatMap({ inputs.optional($0) }) {
      guard case .int32(let elements) = tensor.storage else {
        throw EngineError(.unsupported, node: label, "a bias of type \(tensor.type), not int32")
      }
      bias = elements
    }
    let sums = try conv.convolved(left, right, bias: bias, output: shape)
    guard let scales = operands.scales, let zero = inputs[scales.y + 1], let xScale = inputs[scales.x], let wScale = inputs[scales.w],
      let yScale = inputs[scales.y]
    else { return [Tensor(shape: shape, storage: .int32(sums))] }
    let (sx, sy) = (
      try QuantizedArithmetic.scales(xScale, "x_scale", node: label)[0], try QuantizedArithmetic.scales(yScale, "y_scale", node: label)[0]
    )
    let factors = try QuantizedArithmetic.scales(wScale, "w_scale", node: label).map { sx * $0 / sy }
    let (plane, channels) = (shape[2...].saturatingProduct, shape[1])
    let storage = try QuantizedArithmetic.requantized(sums, zero: zero, node: label) { i in
      factors.count == 1 ? factors[0] : factors[i / plane % channels]
    }
    return [Tensor(shape: shape, storage: storage)]
  }
}
