/// How a session runs.
public struct EngineOptions: Sendable {
  /// Threads that work on one run, the caller counted.
  public var threads: Int
  /// The microkernels to use.
  public var instructionSet: InstructionSet
  /// Whether fast paths are used at all; without them every operator runs by its reference implementation.
  public var fastPaths: Bool

  /// The execution to take for convolutions wherever it applies, by name; for tests and comparisons.
  package var convolutionExecution: String?

  /// - Parameter threads: `nil` takes every core.
  public init(threads: Int? = nil, instructionSet: InstructionSet = .best, fastPaths: Bool = true) {
    self.threads = max(1, threads ?? ThreadPool.cores)
    self.instructionSet = instructionSet
    self.fastPaths = fastPaths
  }
}
