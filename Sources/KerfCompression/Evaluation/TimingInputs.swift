import KerfGraph

/// Made-up inputs for timing, where no data is given.
public enum TimingInputs {
  /// For every input without a default: values in 0..1 that repeat with period 251, in the input's own type.
  /// - Throws: `CompressionError.network` where the shape or type of an input is not known.
  public static func tensors(for model: Model, shapes: [String: [Int]]) throws(CompressionError) -> [String: Tensor] {
    let defaults = Set(model.graph.initializers.map(\.name))
    var inputs: [String: Tensor] = [:]
    for input in model.graph.inputs where !defaults.contains(input.name) {
      guard let shape = shapes[input.name], case .tensor(let type, _) = input.type else {
        throw CompressionError(.network, "the shape of input '\(input.name)' is not known; give --shape")
      }
      let count = shape.reduce(1, *)
      switch type {
      case .int64: inputs[input.name] = Tensor((0..<count).map { Int64($0 % 251) }, shape: shape)
      case .int32: inputs[input.name] = Tensor(shape: shape, storage: .int32((0..<count).map { Int32($0 % 251) }))
      case .uint8: inputs[input.name] = Tensor(shape: shape, storage: .uint8((0..<count).map { UInt8($0 % 251) }))
      case .int8: inputs[input.name] = Tensor(shape: shape, storage: .int8((0..<count).map { Int8($0 % 127) }))
      case .bool: inputs[input.name] = Tensor((0..<count).map { $0 % 2 == 0 }, shape: shape)
      case .float, .double, .float16, .bfloat16:
        inputs[input.name] = Tensor(doubles: (0..<count).map { Double($0 % 251) / 251 }, shape: shape, type: type)
      default: throw CompressionError(.network, "input '\(input.name)' is \(type): no values can be made up for timing")
      }
    }
    return inputs
  }
}
