/// A named attribute of a node.
public struct Attribute: Sendable, Equatable {
  public var name: String
  public var value: Value
  /// What the file says of the attribute beyond name and value (documentation, fields of newer versions), as encoded.
  public var extra: [UInt8]

  public init(_ name: String, _ value: Value, extra: [UInt8] = []) {
    self.name = name
    self.value = value
    self.extra = extra
  }

  public indirect enum Value: Sendable, Equatable {
    case float(Float)
    case int(Int64)
    /// Bytes, usually UTF-8.
    case string([UInt8])
    case tensor(Tensor)
    case graph(Graph)
    case floats([Float])
    case ints([Int64])
    case strings([[UInt8]])
    case tensors([Tensor])
    case graphs([Graph])
    /// Inside a function body: the attribute of the calling node to take the value from, and the type number it must have.
    case reference(String, type: Int32)
    /// A kind that Kerf only carries (sparse tensors, types): the whole attribute as encoded.
    case opaque([UInt8])
  }
}
