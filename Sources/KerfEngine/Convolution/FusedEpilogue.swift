import CKerfKernels
import KerfGraph

/// What is fused behind a convolution or matrix product: `y = act(scale·(x * w) + bias + residual)`, all per output channel.
package struct FusedEpilogue: Sendable {
  var scale: [Float]?
  var bias: [Float]
  /// The value added before the activation.
  var residual: String?
  var low = -Float.infinity
  var high = Float.infinity
  /// `y < 0 ? y·slope : y`
  var slope: [Float]?
  /// Where the sums are of levels and the output is quantized: how. Else the output is floats.
  var levels: Levels?
  /// How a value added is quantized; `nil`: floats.
  var residualLevels: Levels?
  /// How the output is quantized before something is added to it, and the bounds that it has then.
  var middle: Middle?
  struct Middle: Sendable {
    let levels: Levels
    let low, high: Float
  }
  /// The operators fused, for the step's name.
  var operators: [String] = []
  /// The value that comes out in the end.
  var output: String

  /// Looks behind `output` for nodes that can be fused, and marks them in the planner.
  /// - Parameter shape: of the output; channels on axis 1.
  static func collect(
    bias: [Float], output: String, shape: [Int], channels: Int, channelAxis: Int, onLevels: Bool = false, _ planner: Planner
  ) -> FusedEpilogue {
    var epilogue = FusedEpilogue(bias: bias, output: output)
    epilogue.takeAll(shape: shape, channels: channels, channelAxis: channelAxis, onLevels: onLevels, planner)
    guard onLevels, let first = planner.quantizer(of: epilogue.output) else { return epilogue }
    epilogue.quantize(first, planner)
    // Quantized, dequantized, added to something or bent, and quantized again: as files have it in which every operator is quantized by itself.
    guard epilogue.residual == nil, epilogue.slope == nil, let back = planner.soleReader(of: first.output),
      let middle = planner.quantization(back, quantizes: false), middle == first.levels,
      case let name = planner.nodes[back].node.outputs[0], let next = planner.soleReader(of: name),
      ["Add", "PRelu", "LeakyRelu"].contains(planner.nodes[next].node.opType), planner.endsInLevels(planner.nodes[next].node.outputs[0])
    else { return epilogue }
    var longer = epilogue
    longer.output = name
    longer.middle = Middle(levels: middle, low: epilogue.low, high: epilogue.high)
    (longer.low, longer.high, longer.levels) = (-.infinity, .infinity, nil)
    longer.takeAll(shape: shape, channels: channels, channelAxis: channelAxis, onLevels: true, planner)
    guard longer.output != name, let last = planner.quantizer(of: longer.output) else { return epilogue }
    planner.markFused(back)
    longer.quantize(last, planner)
    return longer
  }

  private mutating func takeAll(shape: [Int], channels: Int, channelAxis: Int, onLevels: Bool, _ planner: Planner) {
    while let index = planner.soleReader(of: output) {
      let (node, definition, _) = planner.nodes[index]
      guard node.outputs.filter({ planner.isWanted($0) }).count <= 1,
        take(node, definition, shape: shape, channels: channels, channelAxis: channelAxis, onLevels: onLevels, planner)
      else { break }
      planner.markFused(index)
      operators.append(node.opType)
      output = node.outputs[0]
      if isClosed { break }
    }
  }

  private mutating func quantize(_ node: (index: Int, output: String, levels: Levels), _ planner: Planner) {
    planner.markFused(node.index)
    operators.append("QuantizeLinear")
    (output, levels) = (node.output, node.levels)
  }

  /// What a node's weights are packed under: a scale folded in makes them others (what is folded depends on what the caller feeds and fetches).
  func key(_ node: Node) -> String {
    "\(node.inputs[1]):\(node.outputs[0])\(scale.map { ":\(ContentDigest($0).hexadecimal)" } ?? "")"
  }

  /// Nothing may follow an activation.
  private var isClosed: Bool { slope != nil || low != -.infinity || high != .infinity }

  private mutating func take(
    _ node: Node, _ definition: any OperatorDefinition, shape: [Int], channels: Int, channelAxis: Int, onLevels: Bool, _ planner: Planner
  ) -> Bool {
    switch node.opType {
    case "Relu":
      low = 0
    case "Clip":
      guard let (low, high) = Self.bounds(node, definition, planner) else { return false }
      (self.low, self.high) = (low, high)
    case "LeakyRelu":
      guard let alpha = try? AttributeReader(node).float("alpha", default: 0.01) else { return false }
      slope = [Float](repeating: alpha, count: channels)
    case "PRelu":
      guard node.inputs.count == 2, node.inputs[0] == output, let tensor = planner.constant(node.inputs[1]), tensor.type == .float,
        let values = Self.perChannel(tensor, shape: shape, channels: channels, channelAxis: channelAxis)
      else { return false }
      slope = values
    case "BatchNormalization":
      guard channelAxis == 1, residual == nil, middle == nil, node.inputs.first == output, let norm = definition as? BatchNormalization,
        let folded = norm.affine(node.inputs.map { planner.info[$0] }, channels: channels)
      else { return false }
      let (held, shift) = (scale ?? [Float](repeating: 1, count: channels), folded.shift)
      scale = zip(held, folded.scale).map { $0 * $1 }
      bias = bias.indices.map { bias[$0] * folded.scale[$0] + shift[$0] }
    case "Add":
      return takeAdd(node, shape: shape, channels: channels, channelAxis: channelAxis, onLevels: onLevels, planner)
    default: return false
    }
    return true
  }

  private mutating func takeAdd(_ node: Node, shape: [Int], channels: Int, channelAxis: Int, onLevels: Bool, _ planner: Planner) -> Bool {
    guard node.inputs.count == 2, let other = node.inputs.first(where: { $0 != output }) else { return false }
    if let tensor = planner.constant(other) {
      guard middle == nil, tensor.type == .float,
        let values = Self.perChannel(tensor, shape: shape, channels: channels, channelAxis: channelAxis)
      else {
        return false
      }
      for i in bias.indices { bias[i] += values[i] }
      return true
    }
    guard residual == nil, planner.floatShape(other) == shape, planner.prepare(other) else { return false }
    if onLevels, planner.endsInLevels(node.outputs[0]) {
      // Added in the output's own type.
      guard let held = planner.levels(of: other) else { return false }
      residualLevels = held.levels
    }
    residual = other
    return true
  }

  /// A tensor that has one value a channel (or one in all) when broadcast to the output, as one value a channel.
  static func perChannel(_ tensor: Tensor, shape: [Int], channels: Int, channelAxis: Int) -> [Float]? {
    guard tensor.type == .float, let values = tensor.floats(), tensor.rank <= shape.count else { return nil }
    if values.count == 1 { return [Float](repeating: values[0], count: channels) }
    let axis = channelAxis - (shape.count - tensor.rank)
    guard axis >= 0, values.count == channels, tensor.shape[axis] == channels else { return nil }
    return values
  }

  private static func bounds(_ node: Node, _ definition: any OperatorDefinition, _ planner: Planner) -> (Float, Float)? {
    var bounds = (-Float.infinity, Float.infinity)
    let read = AttributeReader(node)
    guard let low = try? read.float("min", default: bounds.0), let high = try? read.float("max", default: bounds.1) else { return nil }
    bounds = (low, high)
    for (i, name) in node.inputs.enumerated().dropFirst() where !name.isEmpty {
      guard let value = planner.constant(name)?.floats(), value.count == 1 else { return nil }
      if i == 1 { bounds.0 = value[0] } else { bounds.1 = value[0] }
    }
    return bounds.0 <= bounds.1 ? bounds : nil
  }
}
