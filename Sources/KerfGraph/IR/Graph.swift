/// A dataflow graph: nodes that read and make named values.
public struct Graph: Sendable, Equatable {
  public var name: String
  /// In topological order after `sortTopologically`; ONNX demands it of files.
  public var nodes: [Node]
  public var initializers: [Initializer]
  /// What the caller feeds. An input that is also an initializer has that tensor as its default.
  public var inputs: [ValueInfo]
  public var outputs: [ValueInfo]
  /// Types of inner values, where the file states them.
  public var valueInfo: [ValueInfo]
  /// Names of values that `extra` defines (sparse initializers): nodes may read them.
  public var carried: [String]
  /// What the file says of the graph beyond these fields, as encoded.
  public var extra: [UInt8]

  public init(
    name: String = "", nodes: [Node] = [], initializers: [Initializer] = [], inputs: [ValueInfo] = [],
    outputs: [ValueInfo] = [], valueInfo: [ValueInfo] = [], carried: [String] = [], extra: [UInt8] = []
  ) {
    self.name = name
    self.nodes = nodes
    self.initializers = initializers
    self.inputs = inputs
    self.outputs = outputs
    self.valueInfo = valueInfo
    self.carried = carried
    self.extra = extra
  }
}

/// A named constant tensor of a graph.
public struct Initializer: Sendable, Equatable {
  public var name: String
  public var tensor: Tensor
  /// What the file says of it beyond name and elements, as encoded.
  public var extra: [UInt8]

  public init(_ name: String, _ tensor: Tensor, extra: [UInt8] = []) {
    self.name = name
    self.tensor = tensor
    self.extra = extra
  }
}

/// The name and type of a value.
public struct ValueInfo: Sendable, Equatable {
  public var name: String
  public var type: ValueType
  /// What the file says of it beyond name and type, as encoded.
  public var extra: [UInt8]

  public init(_ name: String, _ type: ValueType, extra: [UInt8] = []) {
    self.name = name
    self.type = type
    self.extra = extra
  }
}

/// What a value is.
public enum ValueType: Sendable, Equatable {
  /// A dense tensor; the shape is `nil` where not even the rank is known.
  case tensor(ElementType, [Dimension]?)
  /// Sequences, optionals, maps, sparse tensors: carried as encoded.
  case opaque([UInt8])
  /// The file does not say.
  case unknown
}

/// One extent of a shape.
public enum Dimension: Sendable, Hashable {
  case fixed(Int)
  /// Known by a name, such as `batch`; equal names are equal extents.
  case symbolic(String)
  case unknown

  /// The extent where it is a number.
  public var value: Int? { if case .fixed(let n) = self { n } else { nil } }
}
