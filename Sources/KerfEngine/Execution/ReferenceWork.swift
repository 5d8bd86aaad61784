import KerfGraph

/// Runs an operator's reference implementation on tensors.
struct ReferenceWork: StepWork {
  let label: String
  let definition: any ReferenceOperator
  let inputs: [Place?]
  let outputs: [Place?]

  func run(_ frame: Frame) throws(EngineError) {
    let results = try definition.evaluate(inputs.map { $0.map(frame.tensor) }, count: outputs.count)
    guard results.count >= outputs.lastIndex(where: { $0 != nil }).map({ $0 + 1 }) ?? 0 else {
      throw EngineError(.unsupported, node: label, "made \(results.count) outputs of \(outputs.count)")
    }
    for (place, result) in zip(outputs, results) {
      if let slot = place?.slot { frame.tensors[slot] = result }
    }
  }
}
