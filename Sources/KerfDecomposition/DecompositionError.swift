import KerfAlgebra

/// Why a kernel could not be factorized: code, method, and a message with the numbers in it.
public struct DecompositionError: Error, Sendable, Equatable, CustomStringConvertible {
  public enum Code: String, Sendable {
    /// The method cannot take this kernel.
    case inapplicable
    /// The rank is out of the method's range for this kernel.
    case rankOutOfRange
    /// The moments do not have the kernel's shape.
    case momentsMismatch
    /// A numerical routine failed.
    case numerical
    /// No method has this name.
    case unknownMethod
  }

  public let code: Code
  /// The method's name, `"spatial"`.
  public let method: String
  public let message: String

  public init(_ code: Code, method: String, _ message: String) {
    self.code = code
    self.method = method
    self.message = message
  }

  public var description: String { "\(method): \(message) (\(code.rawValue))" }
}

/// Runs numerical work and says which method it served when it fails.
func withMethod<Value>(_ method: String, _ body: () throws(AlgebraError) -> Value) throws(DecompositionError) -> Value {
  do { return try body() } catch { throw DecompositionError(.numerical, method: method, error.description) }
}
