/// Settings of the iterative solvers.
public struct SolverOptions: Sendable, Equatable {
  /// Which of two possible orders of the `spatial` factors is made.
  public enum Order: String, Sendable, CaseIterable {
    /// The cheaper order; at equal cost the one with the smaller error.
    case best
    /// The factor along the first axis (`kh×1`) runs first.
    case verticalFirst = "vertical-first"
    /// The factor along the last axes (`1×kw`) runs first.
    case horizontalFirst = "horizontal-first"
  }

  /// Seeds every random start; the same seed gives the same bits.
  public var seed: UInt64
  /// Most sweeps of alternating solvers over all factors: those of the weighted (data) problems and of chains; Tucker's take up to five times as many.
  public var sweeps: Int
  /// Conjugate-gradient steps for a factor in one sweep.
  public var innerSteps: Int
  /// Stop when a sweep lowers the objective by less than this share of it.
  public var tolerance: Double
  /// Ridge `ε` towards the original kernel, as a share of the mean eigenvalue of the metric: keeps a few calibration images from
  /// being overfitted. `nil`: a hundredth, or more where there are few rows (`Objective.shrinkage`).
  public var ridge: Double?
  /// The solver of canonical polyadic forms, a name of `CPSolverRegistry`; `nil`: the form's own, `als` of `cp` and `cp-spatial`, `nls` of banks.
  public var cpSolver: String?
  /// What error-preserving correction lowers after the solver, `nil` for none. It corrects the decomposition of the weights, which with data is where the
  /// weighted fit starts.
  public var cpCorrection: CPCorrection?
  /// Random starts of `cp` beside that of the HOSVD; where a step costs little up to 8 more, unless this is 0.
  public var randomStarts: Int
  /// Most steps of the solver of `cp`; `nil`: 300, and as many times more as the solver has patience for where a step costs little.
  public var cpSweeps: Int?
  /// Weight `μ` of the squared norms of the rank-1 terms of `cp`, `min ‖W − Ŵ‖² + μ Σ_k ‖term_k‖²`: keeps terms from growing
  /// without bound while they cancel each other (degeneracy), which ruins fine-tuning and 8-bit weights. It fades below a
  /// tenth of the kernel's energy left, so that an exact decomposition is still found.
  public var cpTermPenalty: Double
  public var order: Order
  /// A form of the same method, variant and kernel at a smaller rank: an additional start of the iterative solvers, so that the
  /// error does not rise with the rank.
  public var warmStart: LayerForm?

  public init(
    seed: UInt64 = 1, sweeps: Int = 12, innerSteps: Int = 4, tolerance: Double = 1e-4, ridge: Double? = nil,
    cpSolver: String? = nil, cpCorrection: CPCorrection? = nil, randomStarts: Int = 2, cpSweeps: Int? = nil, cpTermPenalty: Double = 1e-3,
    order: Order = .best, warmStart: LayerForm? = nil
  ) {
    self.seed = seed
    self.sweeps = sweeps
    self.innerSteps = innerSteps
    self.tolerance = tolerance
    self.ridge = ridge
    self.cpSolver = cpSolver
    self.cpCorrection = cpCorrection
    self.randomStarts = randomStarts
    self.cpSweeps = cpSweeps
    self.cpTermPenalty = cpTermPenalty
    self.order = order
    self.warmStart = warmStart
  }

  /// A quick look for tables of candidates: few sweeps, one start. Final factors deserve the defaults.
  public static let preview = SolverOptions(sweeps: 2, innerSteps: 3, tolerance: 1e-3, randomStarts: 0, cpSweeps: 60)

  /// The same seed and solvers for a quick look.
  public var previewed: SolverOptions {
    var quick = Self.preview
    (quick.seed, quick.cpSolver, quick.cpCorrection) = (seed, cpSolver, cpCorrection)
    return quick
  }
}
