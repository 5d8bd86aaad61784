import KerfGraph

// Values that are dequantized in the graph stay bytes until somebody asks for floats.
extension Planner {
  /// The quantized value that a float value stands for, and how.
  func levels(of name: String) -> (source: String, levels: Levels)? { dequantized[name] }

  /// What a `QuantizeLinear` or `DequantizeLinear` does, where it serves whole tensors of eight bits and its scale is constant.
  func quantization(_ index: Int, quantizes: Bool) -> Levels? {
    let job = job(index)
    guard let definition = job.definition as? QuantizeLinear, definition.quantizes == quantizes else { return nil }
    return quantization(job)
  }

  func quantization(_ job: PlanNode) -> Levels? {
    guard let definition = job.definition as? QuantizeLinear,
      let type = definition.quantizes ? job.outputs.first?.type : job.inputs[0]?.type
    else { return nil }
    return Levels(scale: job.inputs[1]?.value, zeroPoint: job.inputs.count > 2 ? job.inputs[2]?.value : nil, type: type)
  }

  /// The quantizing node that is the only reader of a value, and what comes out.
  func quantizer(of name: String) -> (index: Int, output: String, levels: Levels)? {
    guard let index = soleReader(of: name), let levels = quantization(index, quantizes: true) else { return nil }
    return (index, nodes[index].node.outputs[0], levels)
  }

  /// Whether a value is quantized, with at most one activation before that.
  func endsInLevels(_ name: String) -> Bool {
    if quantizer(of: name) != nil { return true }
    guard let index = soleReader(of: name), ["Relu", "Clip", "LeakyRelu", "PRelu"].contains(nodes[index].node.opType) else { return false }
    return quantizer(of: nodes[index].node.outputs[0]) != nil
  }

  /// What makes a convolution, or another product of its first input with constants, one of levels; `nil` where it is one of floats.
  func levelsOperands(_ job: PlanNode, channelAxis: Int = 0) -> LevelsOperands? {
    guard let input = levels(of: job.node.inputs[0]), let weights = constantLevels[job.node.inputs[1]],
      let scales = weights.scales(along: channelAxis, count: weights.q.shape[channelAxis])
    else { return nil }
    return LevelsOperands(input: input.levels, weights: weights, weightScales: scales)
  }

  /// Says that a float value is dequantized levels, which lie here.
  func define(_ name: String, _ place: Place, as levels: Levels) {
    let source = Self.levelsName(name)
    define(source, place)
    dequantized[name] = (source, levels)
  }

  /// The levels of a float value that no node of the graph names.
  static func levelsName(_ name: String) -> String { name + " (levels)" }

  /// The place of a value that is only moved: its levels, where it is dequantized ones.
  func moved(_ name: String, _ layout: Layout) throws(EngineError) -> (place: Place, levels: Levels?) {
    guard let held = levels(of: name) else { return (try place(of: name, as: layout), nil) }
    return (try place(of: held.source, as: .levels), held.levels)
  }

  /// Says where a value is whose elements are others moved.
  func define(_ name: String, _ place: Place, moved levels: Levels?) {
    if let levels { define(name, place, as: levels) } else { define(name, place) }
  }

  /// The value that an epilogue adds, in the type of the output.
  func residual(_ epilogue: FusedEpilogue) throws(EngineError) -> Place? {
    guard let name = epilogue.residual else { return nil }
    guard epilogue.residualLevels != nil, let held = levels(of: name) else { return try image(of: name) }
    return try levelsPlace(of: held.source)
  }

  /// The input of a convolution or window: levels where it works on them.
  func input(_ name: String, onLevels: Bool) throws(EngineError) -> Place {
    guard onLevels, let held = levels(of: name) else { return try image(of: name) }
    return try levelsPlace(of: held.source)
  }

  /// The levels of a quantized value; brought there by a step of its own where they are only there as a tensor.
  func levelsPlace(of name: String) throws(EngineError) -> Place {
    if let view = viewed(name), view.layout == .levels { return view }
    return try place(of: name, as: .levels)
  }

  /// Where the levels of a value are to be written: inside the concatenation that reads it, or in a buffer of its own.
  func levelsTarget(for name: String, _ shape: [Int]) -> Place { image(for: name, shape, .levels) }
}
