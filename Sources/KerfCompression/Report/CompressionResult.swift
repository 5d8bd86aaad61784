/// Everything a compression run has to say: what was asked, what was reached, what became of each layer, and on which machine.
///
/// A plain value: the command line prints it as a table or as JSON, the report draws it. JSON keys are snake case and stable.
public struct CompressionResult: Sendable, Codable, Equatable {
  public var model: ModelName
  public var request: Request
  /// Whether the bound asked for was met.
  public var reached: Bool
  public var before: Figures
  public var after: Figures
  /// In the order of the graph; layers that were left are listed with the reason.
  public var layers: [LayerResult]
  /// How the int8 layers were quantized; `nil` where none was, or where plain rounding measured better.
  public var quantization: QuantizationResult?
  /// The whole networks tried on the way, for the curve of the metric against time.
  public var candidates: [CandidatePoint]
  public var pictures: [PictureRow]
  public var machine: MachineDescription
  /// Name to version: `kerf`, `openblas`, `swift`, …
  public var versions: [String: String]
  /// The recipe (YAML) that makes this result again.
  public var recipe: String
  public var warnings: [String]
  /// Wall-clock time of the run, s.
  public var seconds: Double

  public init(
    model: ModelName, request: Request, reached: Bool, before: Figures, after: Figures, layers: [LayerResult],
    quantization: QuantizationResult? = nil, candidates: [CandidatePoint] = [], pictures: [PictureRow] = [], machine: MachineDescription,
    versions: [String: String],
    recipe: String = "", warnings: [String] = [], seconds: Double
  ) {
    self.model = model
    self.request = request
    self.reached = reached
    self.before = before
    self.after = after
    self.layers = layers
    self.quantization = quantization
    self.candidates = candidates
    self.pictures = pictures
    self.machine = machine
    self.versions = versions
    self.recipe = recipe
    self.warnings = warnings
    self.seconds = seconds
  }

  /// Whether the network that came out measured slower than the one that went in.
  public var isSlower: Bool {
    guard let old = before.medianMilliseconds, let new = after.medianMilliseconds else { return false }
    return new > old
  }

  /// Which network.
  public struct ModelName: Sendable, Codable, Equatable {
    public var name: String
    public var path: String

    public init(name: String, path: String) {
      self.name = name
      self.path = path
    }
  }

  /// What was asked.
  public struct Request: Sendable, Codable, Equatable {
    /// In words, `"speedup 2"`.
    public var goal: String
    /// `"auto"` or the method asked for, `"spatial:24"`.
    public var method: String
    /// `"filter"`, `"data"`, `"asymmetric"`, …: a case of `CompressionRequest.Fitting`.
    public var criterion: String

    public init(goal: String, method: String, criterion: String) {
      self.goal = goal
      self.method = method
      self.criterion = criterion
    }
  }
}

/// One whole network that was tried: its time and what it reached.
public struct CandidatePoint: Sendable, Codable, Equatable {
  public var label: String
  public var medianMilliseconds: Double
  /// On the validation split, in the unit of `CompressionResult.before.metric`; `nil` where it was not measured.
  public var metric: Double?
  public var chosen: Bool

  public init(label: String, medianMilliseconds: Double, metric: Double?, chosen: Bool = false) {
    self.label = label
    self.medianMilliseconds = medianMilliseconds
    self.metric = metric
    self.chosen = chosen
  }

  enum CodingKeys: String, CodingKey {
    case label, metric, chosen
    case medianMilliseconds = "median_ms"
  }
}

/// The machine that the times hold for.
public struct MachineDescription: Sendable, Codable, Equatable {
  /// The processor's name.
  public var cpu: String
  /// The instruction set the kernels ran with, `"avx512"`.
  public var isa: String
  /// Threads used.
  public var threads: Int
  /// Cores present.
  public var cores: Int
  /// Operating system and version.
  public var os: String

  public init(cpu: String, isa: String, threads: Int, cores: Int, os: String) {
    self.cpu = cpu
    self.isa = isa
    self.threads = threads
    self.cores = cores
    self.os = os
  }
}
