/// One operator application.
public struct Node: Sendable, Equatable {
  public var name: String
  /// ONNX operator name, `Conv`.
  public var opType: String
  /// Operator set; `""` is ONNX's own (the reader writes `ai.onnx` as `""`).
  public var domain: String
  /// Which of several functions of that name and domain is called; `""` for ONNX's own operators.
  public var overload: String
  /// Names of the values read; `""` is an optional input that is left out.
  public var inputs: [String]
  /// Names of the values made; `""` is an output that nobody asked for.
  public var outputs: [String]
  public var attributes: [Attribute]
  /// What the file says of the node beyond these fields, as encoded.
  public var extra: [UInt8]

  public init(
    _ opType: String, name: String = "", domain: String = "", inputs: [String], outputs: [String],
    attributes: [Attribute] = [], overload: String = "", extra: [UInt8] = []
  ) {
    self.name = name
    self.opType = opType
    self.domain = domain
    self.overload = overload
    self.inputs = inputs
    self.outputs = outputs
    self.attributes = attributes
    self.extra = extra
  }

  /// The attribute's value, or `nil` where the node does not state it.
  public subscript(attribute name: String) -> Attribute.Value? {
    attributes.first { $0.name == name }?.value
  }

  /// How messages call the node: its name, else its operator and first output.
  public var label: String {
    name.isEmpty ? "\(opType)→\(outputs.first { !$0.isEmpty } ?? "?")" : name
  }
}
