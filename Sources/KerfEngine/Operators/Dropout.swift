import KerfGraph

extension Dropout: ReferenceOperator {
  public func evaluate(_ inputs: [Tensor?], count: Int) throws(EngineError) -> [Tensor] {
    let outputs = try checkedOutputs(inputs, count: count, node: label)
    guard let x = inputs[0] else { return [] }
    let trains = inputs.count > 2 ? inputs[2]?.integers()?.first == 1 : false
    let ratio = inputs.count > 1 ? inputs[1]?.floats()?.first ?? 0.5 : 0.5
    if trains, ratio != 0 { throw EngineError(.unsupported, node: label, "training with a ratio of \(ratio)") }
    guard outputs.count > 1 else { return [x] }
    guard !masksInKind else { throw EngineError(.unsupported, node: label, "a mask before opset 10") }
    return [x, Tensor(Array(repeating: true, count: x.count), shape: x.shape)]
  }
}
