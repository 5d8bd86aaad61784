import KerfGraph

extension QLinearOperator: ReferenceOperator {
  public func evaluate(_ inputs: [Tensor?], count: Int) throws(EngineError) -> [Tensor] {
    let outputs = try checkedOutputs(inputs, count: count, node: label)
    guard let output = outputs.first, let scale = inputs[resultScale] else { return [] }
    let definition = try EngineError.from { () throws(GraphError) in try self.definition() }
    guard let real = definition as? any ReferenceOperator else {
      throw EngineError(.unsupported, node: label, "\(self.real.opType) cannot be run")
    }
    var operands: [Tensor?] = []
    for place in self.operands {
      operands += try linear("DequantizeLinear", [inputs[place], inputs[place + 1], inputs.optional(place + 2)])
    }
    let result = try real.evaluate(operands, count: 1)[0]
    // Without a zero point it is 0, of the first operand's type.
    var zero = inputs.optional(resultScale + 1)
    if zero == nil, output.type == .int8 { zero = Tensor(shape: scale.shape, storage: .int8([0])) }
    return try linear("QuantizeLinear", [result, scale, zero])
  }

  private func linear(_ opType: String, _ inputs: [Tensor?]) throws(EngineError) -> [Tensor] {
    let node = Node(opType, name: label, inputs: inputs.map { $0 == nil ? "" : "x" }, outputs: ["y"])
    return try EngineError.from { () throws(GraphError) in try QuantizeLinear(node, opset: 13) }.evaluate(inputs, count: 1)
  }
}
