/// A whole ONNX model as a value.
public struct Model: Sendable, Equatable {
  public var irVersion: Int64
  /// Version of each operator set used, by domain (`""` is ONNX's own).
  public var opsets: [String: Int64]
  public var graph: Graph
  /// Functions that the file defines; `inlineFunctions` replaces their calls by their bodies.
  public var functions: [Function]
  public var producerName: String
  public var producerVersion: String
  /// Key and value pairs that the file carries.
  public var metadata: [(key: String, value: String)]
  /// What the file says of the model beyond these fields, as encoded.
  public var extra: [UInt8]

  public init(
    irVersion: Int64 = 8, opsets: [String: Int64] = ["": 13], graph: Graph, functions: [Function] = [],
    producerName: String = "", producerVersion: String = "", metadata: [(key: String, value: String)] = [],
    extra: [UInt8] = []
  ) {
    self.irVersion = irVersion
    self.opsets = opsets
    self.graph = graph
    self.functions = functions
    self.producerName = producerName
    self.producerVersion = producerVersion
    self.metadata = metadata
    self.extra = extra
  }

  /// Version of ONNX's own operator set.
  public var opset: Int { Int(opsets[""] ?? 1) }

  public static func == (a: Model, b: Model) -> Bool {
    a.irVersion == b.irVersion && a.opsets == b.opsets && a.graph == b.graph && a.functions == b.functions
      && a.producerName == b.producerName && a.producerVersion == b.producerVersion && a.extra == b.extra
      && a.metadata.elementsEqual(b.metadata) { $0 == $1 }
  }
}

/// An operator that the model itself defines by a body of nodes.
public struct Function: Sendable, Equatable {
  public var name: String
  public var domain: String
  public var overload: String
  public var inputs: [String]
  public var outputs: [String]
  /// Attributes without a default, by name.
  public var attributes: [String]
  /// Attributes with a default.
  public var defaults: [Attribute]
  public var opsets: [String: Int64]
  public var nodes: [Node]
  /// What the file says of it beyond these fields, as encoded.
  public var extra: [UInt8]

  public init(
    name: String, domain: String, overload: String = "", inputs: [String], outputs: [String], attributes: [String] = [],
    defaults: [Attribute] = [], opsets: [String: Int64] = [:], nodes: [Node], extra: [UInt8] = []
  ) {
    self.name = name
    self.domain = domain
    self.overload = overload
    self.inputs = inputs
    self.outputs = outputs
    self.attributes = attributes
    self.defaults = defaults
    self.opsets = opsets
    self.nodes = nodes
    self.extra = extra
  }
}
