import KerfGraph

/// What is wrong with an ONNX file, where, and the numbers.
public struct ONNXError: Error, Sendable, Equatable, CustomStringConvertible {
  public enum Code: Sendable {
    /// The file cannot be opened, read or written.
    case file
    /// The bytes are no ONNX model.
    case encoding
    /// A tensor whose extents, type and elements do not agree.
    case tensor
    /// External data that is missing, too short or outside the model's folder.
    case externalData
    /// A name made twice, a name read that nothing makes, or a cycle.
    case structure
    /// Weights that are not finite, sizes that overflow.
    case value
    /// More than a protobuf file holds (2 GB).
    case size
  }

  public let code: Code
  /// The file, or `nil` where bytes in memory were read.
  public var file: String?
  /// The node's or tensor's name, or `nil` where the whole model is meant.
  public let node: String?
  public let message: String

  public init(_ code: Code, file: String? = nil, node: String? = nil, _ message: String) {
    self.code = code
    self.file = file
    self.node = node
    self.message = message
  }

  init(_ error: GraphError) {
    self.init(error.code == .structure ? .structure : .value, node: error.node, error.message)
  }

  public var description: String {
    [file, node.map { "'\($0)'" }, message].compactMap { $0 }.joined(separator: ": ")
  }
}
