/// What became of one layer: the form and rank chosen, or why it was left as it is.
public struct LayerResult: Sendable, Codable, Equatable {
  /// The node's name in the graph.
  public var name: String
  /// The ONNX operator, `"Conv"`.
  public var op: String
  /// The kernel's shape `[N, C/g, kh, kw]`, or `[n, m]` of a dense layer.
  public var kernel: [Int]
  /// The method's name, `"spatial"`; `nil` (JSON `null`) for a layer that was left.
  public var form: String?
  /// The form's rank or ranks; empty for a layer that was left.
  public var rank: [Int]
  /// What its products are taken of.
  public var precision: LayerPrecision
  /// Why this form, or why the layer was left.
  public var reason: String
  /// Relative response error `‖y − ŷ‖ / ‖y − ȳ‖` on the calibration data, fraction 0...1 (of the weights by `filter`); `nil` where it was not measured.
  public var error: Double?
  public var parametersBefore: Int
  public var parametersAfter: Int
  public var macsBefore: Int
  public var macsAfter: Int
  /// Median time of the layer inside the network, ms; `nil` where it was not timed.
  public var millisecondsBefore: Double?
  public var millisecondsAfter: Double?
  /// Singular values of the kernel's unfoldings.
  public var spectra: [Spectrum]

  /// Form and precision in words: `left`, `spatial`, `spatial int8`, `dense int8`.
  public var formText: String {
    precision == .float32 ? form ?? "left" : "\(form ?? Candidate.dense) \(precision.rawValue)"
  }

  /// Whether something stands in the layer's place.
  public var isReplaced: Bool { form != nil }

  public init(
    name: String, op: String, kernel: [Int], form: String? = nil, rank: [Int] = [], precision: LayerPrecision = .float32, reason: String,
    error: Double? = nil,
    parametersBefore: Int, parametersAfter: Int, macsBefore: Int, macsAfter: Int, millisecondsBefore: Double? = nil,
    millisecondsAfter: Double? = nil, spectra: [Spectrum] = []
  ) {
    self.name = name
    self.op = op
    self.kernel = kernel
    self.form = form
    self.rank = rank
    self.precision = precision
    self.reason = reason
    self.error = error
    self.parametersBefore = parametersBefore
    self.parametersAfter = parametersAfter
    self.macsBefore = macsBefore
    self.macsAfter = macsAfter
    self.millisecondsBefore = millisecondsBefore
    self.millisecondsAfter = millisecondsAfter
    self.spectra = spectra
  }

  enum CodingKeys: String, CodingKey {
    case name, op, kernel, form, rank, precision, reason, error, spectra
    case parametersBefore = "parameters_before"
    case parametersAfter = "parameters_after"
    case macsBefore = "macs_before"
    case macsAfter = "macs_after"
    case millisecondsBefore = "ms_before"
    case millisecondsAfter = "ms_after"
  }

  /// Every key is always written, absent values as `null`: readers need not guess.
  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(name, forKey: .name)
    try values.encode(op, forKey: .op)
    try values.encode(kernel, forKey: .kernel)
    try values.encode(form, forKey: .form)
    try values.encode(rank, forKey: .rank)
    try values.encode(precision, forKey: .precision)
    try values.encode(reason, forKey: .reason)
    try values.encode(error, forKey: .error)
    try values.encode(parametersBefore, forKey: .parametersBefore)
    try values.encode(parametersAfter, forKey: .parametersAfter)
    try values.encode(macsBefore, forKey: .macsBefore)
    try values.encode(macsAfter, forKey: .macsAfter)
    try values.encode(millisecondsBefore, forKey: .millisecondsBefore)
    try values.encode(millisecondsAfter, forKey: .millisecondsAfter)
    try values.encode(spectra, forKey: .spectra)
  }
}

/// The singular values of one unfolding of a kernel.
public struct Spectrum: Sendable, Codable, Equatable {
  /// Which unfolding, `"N × C·kh·kw"`.
  public var name: String
  /// Singular values, largest first.
  public var values: [Double]
  /// The rank kept along this unfolding; `nil` where the form does not cut it.
  public var chosen: Int?

  public init(name: String, values: [Double], chosen: Int? = nil) {
    self.name = name
    self.values = values
    self.chosen = chosen
  }
}
