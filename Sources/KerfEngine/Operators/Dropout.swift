import KerfGraph

extension Dropout: ReferenceOperator {
  public func evaluate(_ inputs: [Tensor?], count: Int) throws(EngineError) -> [Tensor] {
    let outputs = try checkedOutputs(inputs, count: count, node: label)
    guard let x = inputs[0] else { return [] }
    let trains = inputs.count > 2 ? inputs[2]?.integers()?.first == 1 : false
    let ratio = (inputs.count > 1 ? inputs[1]?.floats()?.first : nil) ?? 0.5
    var y = x
    var kept = [Bool](repeating: true, count: x.count)
    if trains, ratio != 0 {
      guard case .float(let elements) = x.storage else {
        throw EngineError(.unsupported, node: label, "training on \(x.type)")
      }
      var random = MersenneTwister(seed: UInt32(truncatingIfNeeded: seed))
      for i in kept.indices { kept[i] = random.uniform() >= Double(ratio) }
      y = Tensor(zip(elements, kept).map { $1 ? $0 / (1 - ratio) : 0 }, shape: x.shape)
    }
    guard outputs.count > 1 else { return [y] }
    guard !masksInKind else { throw EngineError(.unsupported, node: label, "a mask before opset 10") }
    return [y, Tensor(kept, shape: x.shape)]
  }
}
