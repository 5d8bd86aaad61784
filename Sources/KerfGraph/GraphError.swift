/// What is wrong with a graph, where, and the numbers.
public struct GraphError: Error, Sendable, Equatable, CustomStringConvertible {
  public enum Code: Sendable {
    /// An attribute is missing, of the wrong kind or out of range.
    case attribute
    /// Shapes or element types that do not fit the operator.
    case shape
    /// A name read that nothing makes, a name made twice, or a cycle.
    case structure
    /// An operator, or a form of it, that Kerf does not know.
    case unsupported
    /// Extents whose product overflows, weights that are not finite.
    case value
  }

  public let code: Code
  /// The node's label, or `nil` where the whole graph is meant.
  public let node: String?
  public let message: String

  public init(_ code: Code, node: String? = nil, _ message: String) {
    self.code = code
    self.node = node
    self.message = message
  }

  public var description: String { node.map { "node '\($0)': \(message)" } ?? message }
}
