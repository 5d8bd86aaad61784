/// Reads a node's attributes with defaults and clear errors.
public struct AttributeReader: Sendable {
  public let node: Node

  public init(_ node: Node) { self.node = node }

  public func int(_ name: String, default value: Int) throws(GraphError) -> Int {
    switch node[attribute: name] {
    case nil: value
    case .int(let v): Int(v)
    case let other?: throw wrong(name, "an integer", other)
    }
  }

  public func optionalInt(_ name: String) throws(GraphError) -> Int? {
    node[attribute: name] == nil ? nil : try int(name, default: 0)
  }

  public func bool(_ name: String, default value: Bool) throws(GraphError) -> Bool {
    try int(name, default: value ? 1 : 0) != 0
  }

  public func float(_ name: String, default value: Float) throws(GraphError) -> Float {
    switch node[attribute: name] {
    case nil: value
    case .float(let v): v
    case let other?: throw wrong(name, "a float", other)
    }
  }

  public func string(_ name: String, default value: String) throws(GraphError) -> String {
    switch node[attribute: name] {
    case nil: value
    case .string(let bytes): String(decoding: bytes, as: UTF8.self)
    case let other?: throw wrong(name, "a string", other)
    }
  }

  public func ints(_ name: String) throws(GraphError) -> [Int]? {
    switch node[attribute: name] {
    case nil: nil
    case .ints(let v): v.map { Int($0) }
    case let other?: throw wrong(name, "a list of integers", other)
    }
  }

  public func floats(_ name: String) throws(GraphError) -> [Float]? {
    switch node[attribute: name] {
    case nil: nil
    case .floats(let v): v
    case let other?: throw wrong(name, "a list of floats", other)
    }
  }

  public func tensor(_ name: String) throws(GraphError) -> Tensor? {
    switch node[attribute: name] {
    case nil: nil
    case .tensor(let v): v
    case let other?: throw wrong(name, "a tensor", other)
    }
  }

  private func wrong(_ name: String, _ wanted: String, _ found: Attribute.Value) -> GraphError {
    GraphError(.attribute, node: node.label, "attribute '\(name)' must be \(wanted), not \(String(describing: found).prefix(60))")
  }
}
