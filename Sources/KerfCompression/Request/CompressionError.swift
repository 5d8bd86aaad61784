/// Why a network could not be compressed.
public struct CompressionError: Error, Sendable, Equatable, CustomStringConvertible {
  public enum Code: Sendable {
    /// The request contradicts itself or names something that does not exist.
    case request
    /// The data card and the network do not fit together.
    case data
    /// A recipe that was made for another network, or that cannot be read.
    case recipe
    /// The network cannot be run or measured.
    case network
    /// The program that is to measure times does not.
    case timer
  }

  public let code: Code
  public let message: String

  public init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  public var description: String { message }
}
