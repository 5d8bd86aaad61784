import KerfGraph

/// What a node does to quantized values.
enum NodeRole: Sendable {
  /// Moves elements, or takes some of them: its output has the levels of its input.
  case transparent
  /// Puts values next to each other: the parts may share the whole's levels.
  case joint
  /// Computes on integers with a new scale for its output.
  case arithmetic
  /// Computes on real numbers.
  case float

  init(_ node: Node, index: GraphIndex) {
    guard node.domain.isEmpty else {
      self = .float
      return
    }
    switch node.opType {
    case "Reshape", "Flatten", "Squeeze", "Unsqueeze", "Transpose", "Slice", "Split", "DepthToSpace", "SpaceToDepth", "Identity", "Gather":
      self = .transparent
    case "MaxPool": self = node.outputs.count > 1 && !node.outputs[1].isEmpty ? .float : .transparent
    case "Dropout": self = node.outputs.count > 1 && !node.outputs[1].isEmpty ? .float : .transparent
    case "Pad": self = Self.padsZero(node, index) ? .transparent : .float
    case "Resize": self = Self.picksNearest(node) ? .transparent : .float
    case "Concat": self = .joint
    case "Add", "AveragePool", "GlobalAveragePool", "Relu", "LeakyRelu", "PRelu", "Clip": self = .arithmetic
    default: self = .float
    }
  }

  /// Inputs that are numbers to compute with, by place: the others are shapes, indices, slopes and bounds.
  static func dataInputs(_ node: Node) -> [String] {
    switch node.opType {
    case "Add", "Concat": node.inputs
    default: Array(node.inputs.prefix(1))
    }
  }

  /// Whether an activation cuts off a range and no more: integers do that by saturating.
  static func isCut(_ node: Node, index: GraphIndex) -> Bool {
    guard node.domain.isEmpty else { return false }
    if node.opType == "Relu" { return true }
    return node.opType == "Clip" && node.inputs.dropFirst().allSatisfy { $0.isEmpty || index.constant(named: $0) != nil }
  }

  /// Padding by 0 needs no level of its own; reflected and repeated elements have one.
  private static func padsZero(_ node: Node, _ index: GraphIndex) -> Bool {
    if case .string(let mode)? = node[attribute: "mode"], mode != Array("constant".utf8) { return true }
    if case .float(let value)? = node[attribute: "value"], value != 0 { return false }
    guard node.inputs.count > 2, !node.inputs[2].isEmpty else { return true }
    return index.constant(named: node.inputs[2])?.floats()?.allSatisfy { $0 == 0 } ?? false
  }

  private static func picksNearest(_ node: Node) -> Bool {
    guard case .string(let mode)? = node[attribute: "mode"] else { return true }
    return mode == Array("nearest".utf8)
  }
}
