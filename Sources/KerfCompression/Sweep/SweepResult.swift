/// Rank against everything else, layer by layer.
public struct SweepResult: Codable, Sendable, Equatable {
  public var model: CompressionResult.ModelName
  /// `"filter"` or `"data"`.
  public var criterion: String
  /// The network's own metric on the validation split, where networks were measured.
  public var metric: MetricValue?
  public var layers: [SweptLayer]
  /// From which condition number of an unfolding on the rule `condition-number` marks a layer for decomposition.
  public var conditionThreshold: Double
  /// Layers that no form can take, with the reason.
  public var skipped: [SkippedLayer]
  public var machine: MachineDescription
  public var versions: [String: String]
  /// Wall-clock time of the run, s.
  public var seconds: Double

  /// Names of the unfoldings that some layer has, in the order they are met.
  public var unfoldings: [String] {
    layers.flatMap(\.spectra).reduce(into: []) { names, spectrum in
      if !names.contains(spectrum.name) { names.append(spectrum.name) }
    }
  }
}

/// One layer: what theory says of it, and what was found.
public struct SweptLayer: Codable, Sendable, Equatable {
  public struct Spectrum: Codable, Sendable, Equatable {
    /// The form whose rank the unfolding's bounds.
    public var name: String
    public var shape: [Int]
    /// Singular values, descending.
    public var values: [Double]
    public var conditionNumber: Double
    public var stableRank: Double
  }

  public var name: String
  public var op: String
  /// `[N, C/g, k…]`
  public var kernel: [Int]
  public var groups: Int
  public var macs: Int
  public var parameters: Int
  public var spectra: [Spectrum]
  /// Upper bound of the rank of the tensor `[N, C/g, k…]`.
  public var tensorRankBound: Int
  /// Typical rank of the bank `[N·C/g, kh, kw]` and of `[N, C/g, ∏k]`; `nil` where no theorem tells.
  public var typicalRankOfBank: [Int]?
  public var typicalRankOfMerged: [Int]?
  /// By form: the largest rank that still saves multiply-adds.
  public var crossoverRanks: [String: [Int]]
  /// By form: why it, or a rank of it, was left out.
  public var left: [String: String]
  public var points: [SweepPoint]
  /// The layer's largest filters as they are and by each form at a few ranks; empty where filters are no pictures.
  public var filters: [PictureRow]

  /// `σ_max / σ_min` of the unfolding of that name.
  public func conditionNumber(of unfolding: String) -> Double? { spectra.first { $0.name == unfolding }?.conditionNumber }

  /// Whether one of the unfoldings has at least that condition number.
  public func isMarked(from threshold: Double) -> Bool { spectra.contains { $0.conditionNumber >= threshold } }
}

/// One form at one rank.
public struct SweepPoint: Codable, Sendable, Equatable {
  public var form: String
  /// `nil`: the form's own.
  public var solver: String?
  public var rank: [Int]
  /// `1 − ‖W − Ŵ‖_F / ‖W‖_F`, per cent.
  public var fit: Double
  /// `E‖y − ŷ‖² / E‖y − ȳ‖²` on calibration data, fraction.
  public var responseError: Double?
  /// To factorize, s, on one core.
  public var seconds: Double
  public var macs: Int
  public var parameters: Int
  /// Of the form and of the layer as it is, in the engine, measured in turn, ms.
  public var milliseconds: Double?
  public var denseMilliseconds: Double?
  /// Of the network with this form alone, on the validation split.
  public var metric: Double?
  /// `Σ_k ‖term_k‖² / ‖W‖²` and the sensitivity by the same measure, of canonical polyadic forms.
  public var norm: Double?
  public var sensitivity: Double?

  /// `cp` or `cp nls`.
  public var label: String { solver.map { "\(form) \($0)" } ?? form }
}
