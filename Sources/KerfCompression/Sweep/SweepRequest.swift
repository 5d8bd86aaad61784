import KerfDecomposition
import KerfEngine

/// What a sweep is asked: which layers, forms, ranks and solvers, and what to measure of each.
public struct SweepRequest: Sendable {
  /// Names of layers; empty: all that can be factorized.
  public var layers: [String]
  /// Names of forms; empty: all that a layer can take.
  public var forms: [String]
  /// Ranks to try of every form with so many numbers; empty: those that save work, spread.
  public var ranks: [[Int]]
  /// How many, where none are given.
  public var ranksPerForm: Int
  /// Solvers of the canonical polyadic forms; empty: each form's own, as the others have.
  public var solvers: [String]
  public var correction: CPCorrection?
  /// Most steps of those solvers, and random starts beside the first; `nil`: as usual.
  public var steps, starts: Int?
  /// `filter` or `data`.
  public var fitting: CompressionRequest.Fitting
  /// Whether to time every form in the engine.
  public var timesForms: Bool
  /// Whether to measure the whole network with every form by itself in its place.
  public var measuresNetwork: Bool
  public var seed: UInt64
  public var engine: EngineOptions

  public init(
    layers: [String] = [], forms: [String] = [], ranks: [[Int]] = [], ranksPerForm: Int = 8, solvers: [String] = [],
    correction: CPCorrection? = nil, steps: Int? = nil, starts: Int? = nil, fitting: CompressionRequest.Fitting = .filter,
    timesForms: Bool = false, measuresNetwork: Bool = false,
    seed: UInt64 = 1, engine: EngineOptions = EngineOptions()
  ) {
    self.layers = layers
    self.forms = forms
    self.ranks = ranks
    self.ranksPerForm = ranksPerForm
    self.solvers = solvers
    self.correction = correction
    (self.steps, self.starts) = (steps, starts)
    self.fitting = fitting
    self.timesForms = timesForms
    self.measuresNetwork = measuresNetwork
    self.seed = seed
    self.engine = engine
  }
}
