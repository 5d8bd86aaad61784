/// Reads an operator's operands with clear errors: what `AttributeReader` is to attributes.
struct OperandReader {
  let opType: String
  /// The node's label.
  let node: String
  let operands: [TensorInfo?]

  init(_ opType: String, node: String, _ operands: [TensorInfo?]) {
    self.opType = opType
    self.node = node
    self.operands = operands
  }

  /// The operand at a position, or `nil` where it is left out.
  func optional(_ index: Int) -> TensorInfo? { index < operands.count ? operands[index] : nil }

  func required(_ index: Int, _ name: String) throws(GraphError) -> TensorInfo {
    guard let operand = optional(index) else {
      throw GraphError(.structure, node: node, "\(opType) lacks its input \(index), '\(name)'")
    }
    return operand
  }

  /// Checks that the operand, where it is there, is a vector of one entry a channel.
  func expectVector(_ index: Int, _ name: String, extent: Dimension) throws(GraphError) {
    guard let shape = optional(index)?.shape else { return }
    guard shape.count == 1, agree(shape[0], extent) else {
      throw GraphError(.shape, node: node, "'\(name)' must have the shape [\(extent.text)], not \(text(shape))")
    }
  }

  /// Checks that the operand, where it is there, has one element: a scalar, or a tensor of ones.
  func expectScalar(_ index: Int, _ name: String) throws(GraphError) {
    guard let shape = optional(index)?.shape, shape.contains(where: { !agree($0, .fixed(1)) }) else { return }
    throw GraphError(.shape, node: node, "'\(name)' must have one element, not the shape \(text(shape))")
  }

  /// Checks that the operand, where it is there, has one element or one entry a channel.
  func expectScalarOrVector(_ index: Int, _ name: String, extent: Dimension) throws(GraphError) {
    if let shape = optional(index)?.shape, !shape.allSatisfy({ agree($0, .fixed(1)) }) { try expectVector(index, name, extent: extent) }
  }

  /// Checks that an operand can be stretched to `shape` (NumPy's rule, one way).
  func expectBroadcast(_ index: Int, _ name: String, to shape: [Dimension]) throws(GraphError) {
    guard let from = optional(index)?.shape else { return }
    let fits = from.count <= shape.count && zip(from.reversed(), shape.reversed()).allSatisfy { $0.value == 1 || agree($0, $1) }
    if !fits { throw GraphError(.shape, node: node, "'\(name)' of shape \(text(from)) does not broadcast to \(text(shape))") }
  }

  /// The first `count` of the outputs that the operator can give.
  /// - Throws: `GraphError.structure` where the node asks for more.
  func outputs(_ all: [TensorInfo], count: Int) throws(GraphError) -> [TensorInfo] {
    guard count <= all.count else {
      throw GraphError(.structure, node: node, "\(opType) has \(all.count) outputs, the node asks for \(count)")
    }
    return Array(all.prefix(count))
  }

  /// The axis counted from the front.
  /// - Throws: `GraphError.attribute` where it lies outside `-rank..<rank` (`...rank` where `end` is allowed).
  func axis(_ axis: Int, rank: Int, allowingEnd: Bool = false) throws(GraphError) -> Int {
    guard axis >= -rank, axis < rank + (allowingEnd ? 1 : 0) else {
      throw GraphError(.attribute, node: node, "axis \(axis) lies outside a tensor of rank \(rank)")
    }
    return axis < 0 ? axis + rank : axis
  }

  /// Whether two extents can be equal: unknown ones can be anything.
  func agree(_ a: Dimension, _ b: Dimension) -> Bool {
    guard let a = a.value, let b = b.value else { return true }
    return a == b
  }

  func text(_ shape: [Dimension]) -> String { "[" + shape.map(\.text).joined(separator: ", ") + "]" }
}

extension Dimension {
  /// How messages write the extent.
  var text: String {
    switch self {
    case .fixed(let n): "\(n)"
    case .symbolic(let name): name
    case .unknown: "?"
    }
  }
}
