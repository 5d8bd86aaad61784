import KerfGraph

extension IntegerMatMul: ReferenceOperator {
  public func evaluate(_ inputs: [Tensor?], count: Int) throws(EngineError) -> [Tensor] {
    let outputs = try checkedOutputs(inputs, count: count, node: label)
    guard let a = inputs[0], let b = inputs[rightOperand], let shape = outputs.first?.shape else { return [] }
    func stretched(_ tensor: Tensor?, rows: Bool) -> [Int]? { tensor.map { Self.stretching($0.shape, rows: rows && a.rank > 1) } }
    let (aZero, bZero) = (inputs.optional(zeroPoints.a), inputs.optional(zeroPoints.b))
    let left = try QuantizedArithmetic.centred(a, zero: aZero, as: stretched(aZero, rows: true), node: label)
    let right = try QuantizedArithmetic.centred(b, zero: bZero, as: stretched(bZero, rows: false), node: label)
    let sums = MatMul.product(left, a.shape, right, b.shape, shape)
    guard requantizes, let zero = inputs[7], let aScale = inputs[1], let bScale = inputs[4], let yScale = inputs[6] else {
      return [Tensor(shape: shape, storage: .int32(sums))]
    }
    let (sa, sb, sy) = (
      try QuantizedArithmetic.scales(aScale, "a_scale", node: label), try QuantizedArithmetic.scales(bScale, "b_scale", node: label),
      try QuantizedArithmetic.scales(yScale, "y_scale", node: label)[0]
    )
    // Vectors have no axis of rows or columns in the result.
    let rows = BroadcastIndex(sa.count == 1 ? [] : stretched(aScale, rows: true) ?? [], to: shape)
    let columns = BroadcastIndex(sb.count == 1 ? [] : bScale.shape, to: shape)
    let storage = try QuantizedArithmetic.requantized(sums, zero: zero, node: label) { i in sa[rows[i]] * sb[columns[i]] / sy }
    return [Tensor(shape: shape, storage: storage)]
  }
}
