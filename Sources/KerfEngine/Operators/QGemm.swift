import KerfGraph

extension QGemm: ReferenceOperator {
  public func evaluate(_ inputs: [Tensor?], count: Int) throws(EngineError) -> [Tensor] {
    let outputs = try checkedOutputs(inputs, count: count, node: label)
    guard let a = inputs[0], let b = inputs[3], let aScale = inputs[1], let bScale = inputs[4], let shape = outputs.first?.shape else {
      return []
    }
    let bZero = inputs.optional(5)
    // A zero point of each column of B′ lies along B's rows where B is transposed.
    let along = bZero.map { gemm.transB ? $0.shape + [1] : $0.shape }
    let left = try QuantizedArithmetic.centred(a, zero: inputs.optional(2), node: label)
    let right = try QuantizedArithmetic.centred(b, zero: bZero, as: along, node: label)
    let (aRows, aColumns, bRows, bColumns) = (a.shape[0], a.shape[1], b.shape[0], b.shape[1])
    let (m, k) = gemm.transA ? (aColumns, aRows) : (aRows, aColumns)
    var sums = MatMul.product(
      gemm.transA ? MatrixProduct.transposed(left, rows: aRows, columns: aColumns) : left, [m, k],
      gemm.transB ? MatrixProduct.transposed(right, rows: bRows, columns: bColumns) : right, [k, shape[1]], shape)
    if let c = inputs.optional(6) {
      guard case .int32(let addends) = c.storage else { throw EngineError(.unsupported, node: label, "C of type \(c.type), not int32") }
      sums = try BroadcastWalk(shape, c.shape).map(sums, addends) { $0 &+ $1 }
    }
    let sa = try QuantizedArithmetic.scales(aScale, "a_scale", node: label)[0]
    let units = try QuantizedArithmetic.scales(bScale, "b_scale", node: label).map { gemm.alpha * sa * $0 }
    let columns = shape[1]
    func unit(_ i: Int) -> Float { units.count == 1 ? units[0] : units[i % columns] }
    guard let yScale = inputs.optional(7), let zero = inputs.optional(8) else {
      return [Tensor(sums.indices.map { Float(sums[$0]) * unit($0) }, shape: shape)]
    }
    let sy = try QuantizedArithmetic.scales(yScale, "y_scale", node: label)[0]
    let storage = try QuantizedArithmetic.requantized(sums, zero: zero, node: label) { unit($0) / sy }
    return [Tensor(shape: shape, storage: storage)]
  }
}
