/// Whether an implementation can take a piece of work; a value, because "no" is an ordinary answer.
package enum Applicability: Sendable, Equatable {
  case applicable
  /// With the reason.
  case inapplicable(String)
}
