import KerfGraph

/// A tensor whose element type the compiler knows.
struct Dense<Element: Sendable>: Sendable {
  let shape: [Int]
  let elements: [Element]
}

/// A reference implementation over real numbers, written once for `Float` and `Double`.
///
/// The first input's type decides; half types are computed in `Float`. The definition's shape inference checks the operands first, so
/// that the implementation may rely on shapes that fit.
protocol RealOperator: ReferenceOperator {
  /// The node's label.
  var label: String { get }

  /// Computes the elements of each output, whose shapes are given.
  func evaluate<T: RealElement>(real inputs: [Dense<T>?], into shapes: [[Int]]) throws(EngineError) -> [[T]]
}

extension RealOperator {
  public func evaluate(_ inputs: [Tensor?], count: Int) throws(EngineError) -> [Tensor] {
    try evaluateReal(inputs, count: count)
  }

  /// What `evaluate` does unless an operator treats other types first.
  func evaluateReal(_ inputs: [Tensor?], count: Int) throws(EngineError) -> [Tensor] {
    let outputs = try checkedOutputs(inputs, count: count, node: label)
    switch (inputs.first ?? nil)?.type {
    case .double?: return try evaluate(inputs, outputs, as: Double.self)
    case .float?, .float16?, .bfloat16?: return try evaluate(inputs, outputs, as: Float.self)
    case let type: throw EngineError(.unsupported, node: label, "\(type.map { "\($0)" } ?? "a missing input") is not a real type")
    }
  }

  private func evaluate<T: RealElement>(
    _ inputs: [Tensor?], _ outputs: [(type: ElementType, shape: [Int])], as type: T.Type
  ) throws(EngineError) -> [Tensor] {
    var operands: [Dense<T>?] = []
    for input in inputs {
      guard let input else {
        operands.append(nil)
        continue
      }
      guard let elements = T.elements(of: input) else {
        throw EngineError(.unsupported, node: label, "an operand of type \(input.type) cannot be read as \(T.type)")
      }
      operands.append(Dense(shape: input.shape, elements: elements))
    }
    let computed = try evaluate(real: operands, into: outputs.map(\.shape))
    var results: [Tensor] = []
    for (elements, output) in zip(computed, outputs) {
      guard let storage = T.storage(elements, as: output.type) else {
        throw EngineError(.unsupported, node: label, "an output of type \(output.type) cannot be made from \(T.type)")
      }
      results.append(Tensor(shape: output.shape, storage: storage))
    }
    return results
  }
}

extension OperatorDefinition {
  /// The outputs' types and shapes as the definition infers them from these inputs, all extents known and of a size that can be held.
  func checkedOutputs(_ inputs: [Tensor?], count: Int, node: String) throws(EngineError) -> [(type: ElementType, shape: [Int])] {
    let known = inputs.map { $0.map { TensorInfo(constant: $0) } }
    let infos = try EngineError.from { () throws(GraphError) in try inferOutputs(known, count: count) }
    var outputs: [(type: ElementType, shape: [Int])] = []
    for info in infos {
      guard let shape = info.fixedShape, shape.allSatisfy({ $0 >= 0 }) else {
        throw EngineError(.shape, node: node, "the output's shape does not follow from the inputs")
      }
      // Loops may run over any one extent, even if another is 0.
      guard shape.saturatingProduct <= Extents.mostElements, shape.allSatisfy({ $0 <= Extents.mostElements }) else {
        throw EngineError(.shape, node: node, "an output of shape \(shape) is too large")
      }
      outputs.append((info.type, shape))
    }
    return outputs
  }
}

extension RealElement {
  /// Elements as storage of a real type, or `nil` where the type is none.
  static func storage(_ elements: [Self], as type: ElementType) -> Tensor.Storage? {
    switch type {
    case Self.type: storage(elements)
    case .float: .float(elements.map { Float($0) })
    case .double: .double(elements.map { Double($0) })
    case .float16: .float16(elements.map { HalfPrecision.half(Float($0)) })
    case .bfloat16: .bfloat16(elements.map { HalfPrecision.bfloat(Float($0)) })
    default: nil
    }
  }
}
