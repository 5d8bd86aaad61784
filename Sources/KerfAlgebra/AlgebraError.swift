/// What went wrong in a numerical routine, with the routine and the numbers.
public struct AlgebraError: Error, Sendable, Equatable, CustomStringConvertible {
  public enum Code: String, Sendable {
    /// An iteration of LAPACK did not converge.
    case notConverged
    /// A factorization met a matrix that is not positive definite.
    case notPositiveDefinite
    /// An argument holds NaN or infinity.
    case notFinite
    /// LAPACK refused an argument.
    case illegalArgument
  }

  public let code: Code
  /// The routine, `"dgesdd"`.
  public let routine: String
  public let message: String

  public init(_ code: Code, in routine: String, _ message: String) {
    self.code = code
    self.routine = routine
    self.message = message
  }

  public var description: String { "\(routine): \(message) (\(code.rawValue))" }
}
