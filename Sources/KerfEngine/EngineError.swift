/// Why a graph could not be run, where, and the numbers.
public struct EngineError: Error, Sendable, Equatable, CustomStringConvertible {
  public enum Code: Sendable {
    /// An operator, a form of it or an element type that the engine cannot run.
    case unsupported
    /// An input that is missing, of another type or of another shape than the graph's.
    case input
    /// Shapes or values that do not fit the operator.
    case shape
    /// The caller's task or token was cancelled.
    case cancelled
  }

  public let code: Code
  /// The node's label, or `nil` where no single node is meant.
  public let node: String?
  public let message: String

  public init(_ code: Code, node: String? = nil, _ message: String) {
    self.code = code
    self.node = node
    self.message = message
  }

  public var description: String { node.map { "node '\($0)': \(message)" } ?? message }
}
