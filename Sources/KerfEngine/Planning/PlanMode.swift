/// How a session chooses between the ways to run a convolution.
public enum PlanMode: String, Sendable, CaseIterable {
  /// By estimates alone: never looks at a clock, so the same model gives the same plan on every run.
  case estimate
  /// The likely ones are timed on this machine, once: what they took is kept in the session's `Wisdom`.
  case measure
  /// All that apply are timed.
  case exhaustive
}
