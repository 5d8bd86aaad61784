import KerfDecomposition
import KerfEngine
import KerfGraph

/// What a person asks for.
public struct CompressionRequest: Sendable {
  /// Which forms may be used.
  public enum Method: Sendable, Equatable {
    /// All of the registry but those that others outdo on a layer, or that take long to fit.
    case auto
    /// One form; with a rank, that rank on every layer that can take it.
    case form(String, rank: [Int]?)

    /// `auto`, `spatial`, `spatial:24` or `tucker2:16,24`.
    /// - Throws: `CompressionError.request` naming what is wrong and the forms there are.
    public init(_ text: String) throws(CompressionError) {
      if text == "auto" {
        self = .auto
        return
      }
      let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      guard MethodRegistry.all.map(\.name).contains(parts[0]) else {
        throw CompressionError(.request, "no form '\(parts[0])'; there are auto, \(MethodRegistry.all.map(\.name).joined(separator: ", "))")
      }
      guard parts.count == 2 else {
        self = .form(parts[0], rank: nil)
        return
      }
      let ranks = parts[1].split(separator: ",", omittingEmptySubsequences: false).map { Int($0) }
      guard ranks.allSatisfy({ ($0 ?? 0) > 0 }) else {
        throw CompressionError(.request, "rank '\(parts[1])' must be positive numbers with commas between")
      }
      self = .form(parts[0], rank: ranks.compactMap { $0 })
    }

    public var text: String {
      switch self {
      case .auto: "auto"
      case .form(let name, nil): name
      case .form(let name, let rank?): "\(name):\(rank.map(String.init).joined(separator: ","))"
      }
    }
  }

  public var goal: Goal
  public var method: Method
  public var fitting: Fitting
  public var precision: PrecisionChoice
  /// What gives a form its rank, where no goal and no rank is given.
  public var ranks: any RankRule
  /// What chooses forms and ranks under a bound.
  public var selector: any RankSelector
  /// Choices to repeat instead of choosing.
  public var recipe: Recipe?
  /// Passes that were run on the network before, by name: the recipe states them.
  public var passes: [String]
  /// Solver of canonical polyadic forms, a name of `CPSolverRegistry`; `nil`: the default.
  public var cpSolver: String?
  public var cpCorrection: CPCorrection?
  /// A command that measures times instead of the engine: see `CommandTimer`.
  public var timer: String?
  public var seed: UInt64
  public var engine: EngineOptions
  /// Whether to try and measure networks beside the one asked for, for a report's curve.
  public var drawsCurve: Bool

  public init(
    goal: Goal = .none, method: Method = .auto, fitting: Fitting = .asymmetric, precision: PrecisionChoice = .float32,
    ranks: any RankRule = EnergyRule(EnergyRule.standard), selector: any RankSelector = BudgetSelector(), recipe: Recipe? = nil,
    passes: [String] = [], cpSolver: String? = nil, cpCorrection: CPCorrection? = nil, timer: String? = nil,
    seed: UInt64 = 1, engine: EngineOptions = EngineOptions(), drawsCurve: Bool = false
  ) {
    self.goal = goal
    self.method = method
    self.fitting = fitting
    self.precision = precision
    self.ranks = ranks
    self.selector = selector
    self.recipe = recipe
    self.passes = passes
    self.cpSolver = cpSolver
    self.cpCorrection = cpCorrection
    self.timer = timer
    self.seed = seed
    self.engine = engine
    self.drawsCurve = drawsCurve
  }

  /// How factors that are kept are solved for.
  var solverOptions: SolverOptions {
    var options = SolverOptions(seed: seed)
    options.cpSolver = cpSolver
    options.cpCorrection = cpCorrection
    return options
  }
}

/// The images of a run as the network sees them; built from a data card by `NetworkData`.
public struct CompressionData: Sendable {
  public var card: Recipe.Data
  /// Batches of equal shapes, by input name: factors are fitted on these.
  public var calibration: [[String: Tensor]]
  /// One input of the shape that is timed.
  public var timing: [String: Tensor]
  /// Differs where the files of the images to fit on are others: what was measured of them is kept under it.
  public var calibrationState: String
  /// The same of the images that metrics are taken of, with how many are taken.
  public var images: String
  /// The metric on the validation split: choices are made by it.
  public var validate: @Sendable (Model) throws -> MetricValue
  /// The metric on the test split, which nothing else sees.
  public var test: @Sendable (Model) throws -> MetricValue
  /// Pictures of a few test images through a network and what became of it, one step after another (a form of it in float32, the form in int8);
  /// empty for tasks without pictures.
  public var pictures: @Sendable (_ before: Model, _ after: [Model]) throws -> [PictureRow]

  public init(
    card: Recipe.Data, calibration: [[String: Tensor]], timing: [String: Tensor], calibrationState: String = "",
    images: String = "",
    validate: @escaping @Sendable (Model) throws -> MetricValue, test: @escaping @Sendable (Model) throws -> MetricValue,
    pictures: @escaping @Sendable (Model, [Model]) throws -> [PictureRow]
  ) {
    self.card = card
    self.calibration = calibration
    self.timing = timing
    self.calibrationState = calibrationState
    self.images = images
    self.validate = validate
    self.test = test
    self.pictures = pictures
  }
}

/// A place in a long run.
public struct Progress: Sendable, Equatable {
  public var stage: String
  public var done: Int
  public var total: Int
}
