extension Array where Element == Tensor? {
  /// An input, or `nil` where it is left out.
  package func optional(_ index: Int) -> Tensor? { index < count ? self[index] : nil }

  /// An input that the operator cannot do without.
  package func required(_ index: Int, _ name: String, node: String) throws(GraphError) -> Tensor {
    guard let tensor = optional(index) else { throw GraphError(.structure, node: node, "input \(index) (\(name)) is missing") }
    return tensor
  }

  /// The elements of an integer input, or `nil` where it is left out.
  package func integers(_ index: Int, _ name: String, node: String) throws(GraphError) -> [Int]? {
    guard let tensor = optional(index) else { return nil }
    return try tensor.extents(name, node: node)
  }
}

extension Array where Element == TensorInfo? {
  /// An input, or `nil` where it is left out.
  package func optional(_ index: Int) -> TensorInfo? { index < count ? self[index] : nil }

  /// An input that the operator cannot do without.
  package func required(_ index: Int, _ name: String, node: String) throws(GraphError) -> TensorInfo {
    guard let info = optional(index) else { throw GraphError(.structure, node: node, "input \(index) (\(name)) is missing") }
    return info
  }

  /// What an integer input says: `.absent`, its elements, or how many there are.
  func list(_ index: Int, _ name: String, node: String) throws(GraphError) -> KnownList {
    guard let info = optional(index) else { return .absent }
    if let value = info.value { return .known(try value.extents(name, node: node)) }
    return .unknown(count: info.shape.flatMap { $0.count == 1 ? $0[0].value : $0.isEmpty ? 1 : nil })
  }
}

/// What inference knows of an input that is a list of integers.
enum KnownList {
  case absent
  case known([Int])
  case unknown(count: Int?)
}

extension Tensor {
  /// Elements of an integer tensor as `Int`.
  package func extents(_ name: String, node: String) throws(GraphError) -> [Int] {
    guard type != .bool, let list = integers() else { throw GraphError(.shape, node: node, "\(name) must be integers, not \(type)") }
    return list.map { Int($0) }
  }
}
