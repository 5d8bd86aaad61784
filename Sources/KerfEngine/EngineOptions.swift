/// How a session runs.
public struct EngineOptions: Sendable {
  /// Threads that work on one run, the caller counted.
  public var threads: Int
  /// The microkernels to use.
  public var instructionSet: InstructionSet
  /// Whether fast paths are used at all; without them every operator runs by its reference implementation.
  public var fastPaths: Bool

  /// Whether only executions are used whose results differ from direct sums by nothing but their rounding: without Winograd's filtering
  /// and the Fourier transform.
  public var exact: Bool

  /// Largest difference that Winograd's filtering and the Fourier transform may make at the network's output, relative to the largest output value.
  ///
  /// Executions are taken whose known errors, added up in quadrature over the network's convolutions, stay below it. A plan that is measured is
  /// also run on noise against the plan of direct sums, and made anew with less where the outputs differ by more; not where the network rounds to
  /// levels, since the smallest difference may then be a whole level.
  public var errorBound: Double

  /// What convolutions of floats multiply; a session throws where the machine cannot. With bfloat16 `errorBound` is for Winograd's filtering in each
  /// convolution, by its known errors: no plan is measured against direct sums, as rounding makes far larger differences.
  public var arithmetic = Arithmetic.float32

  /// How the ways to run convolutions are chosen.
  public var planning: PlanMode
  /// What is known of this machine's times, and where measurements are kept; `nil`: nothing, and they are forgotten.
  public var wisdom: Wisdom?

  /// Whether a batch may run as one image a thread, where that is quicker: for many images, not for the first one soon.
  ///
  /// Says that the first axis of all inputs and outputs counts images that do not depend on each other.
  public var throughput = false

  /// The error that one convolution may have; the planner divides the network's.
  package var layerErrorBound: Double {
    if exact { return 0 }
    // Where the network's own error is measured, layers need not share the bound beforehand.
    return planning == .estimate && arithmetic == .float32 ? errorBound / Double(max(1, convolutions)).squareRoot() : errorBound
  }
  package var convolutions = 1

  /// What runs fused of convolutions that follow each other.
  package enum Fusion: Sendable { case never, byCost, always }
  /// For tests and comparisons.
  package var fusion = Fusion.byCost
  /// The execution to take for convolutions wherever it applies, by name; for tests and comparisons.
  package var convolutionExecution: String?

  /// - Parameter threads: `nil` takes every core.
  public init(
    threads: Int? = nil, instructionSet: InstructionSet = .best, fastPaths: Bool = true, exact: Bool = false, errorBound: Double = 1e-4,
    planning: PlanMode = .estimate, wisdom: Wisdom? = nil
  ) {
    self.threads = max(1, threads ?? ThreadPool.cores)
    self.instructionSet = instructionSet
    self.fastPaths = fastPaths
    self.exact = exact
    self.errorBound = errorBound
    (self.planning, self.wisdom) = (planning, wisdom)
  }
}
