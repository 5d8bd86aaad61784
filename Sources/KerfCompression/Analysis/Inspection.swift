import KerfDecomposition
import KerfEngine
import KerfGraph

/// What `kerf inspect` shows of a network.
public struct Inspection: Codable, Sendable {
  public struct Layer: Codable, Sendable {
    public var name: String
    public var op: String
    /// `[N, C/g, k…]`
    public var kernel: [Int]
    public var groups: Int
    public var output: [Int]
    public var parameters: Int
    public var macs: Int
    /// Of the network's multiply-adds, fraction 0...1.
    public var share: Double
    /// Of the unfolding `[N × C·∏k]`: largest over smallest singular value.
    public var conditionNumber: Double
    /// Of the same unfolding: `Σσ² / σ₁²`.
    public var stableRank: Double
    /// By form: the largest rank that still saves multiply-adds.
    public var crossoverRanks: [String: [Int]]
    /// By form: why it cannot take the layer.
    public var inapplicable: [String: String]
  }

  public var name: String
  public var opset: Int
  public var shapes: [String: [Int]]
  public var parameters: Int
  public var macs: Int
  public var layers: [Layer]
  /// Layers that nothing can be done to, with the reason.
  public var skipped: [SkippedLayer]
  /// Operators that the engine does not run: such a network can still be compressed by the `filter` criterion.
  public var unsupported: [String]

  /// - Parameter shapes: of the inputs; without them no multiply-adds can be counted, and layers whose shape is unknown are skipped.
  public init(_ model: Model, shapes: [String: [Int]]) throws {
    let values = try ShapeInference.infer(model, inputShapes: shapes, evaluator: Interpreter.evaluator(opset: model.opset))
    let scan = LayerScan(model, shapes: values)
    let cost = try NetworkCost(model, shapes: shapes)
    name = model.graph.name
    opset = model.opset
    self.shapes = shapes
    parameters = cost.parameters
    macs = cost.macs
    skipped = scan.skipped
    unsupported = Set(
      try model.graph.nodes.filter { try !(OperatorRegistry.definition(of: $0, opset: model.opset) is any ReferenceOperator) }
        .map { $0.domain.isEmpty ? $0.opType : "\($0.domain).\($0.opType)" }
    ).sorted()
    layers = try scan.sites.map { site in
      let analysis = try KernelAnalysis(site.kernel)
      var crossover: [String: [Int]] = [:]
      var reasons: [String: String] = [:]
      for method in MethodRegistry.all {
        if let reason = method.applicability(to: site.kernel).reason {
          reasons[method.name] = reason
        } else if let rank = method.crossoverRank(for: site.kernel) {
          crossover[method.name] = rank.values
        }
      }
      return Layer(
        name: site.name, op: site.node.opType, kernel: site.kernel.shape, groups: site.kernel.groups, output: site.outputShape,
        parameters: site.parameters, macs: site.macs, share: cost.macs > 0 ? Double(site.macs) / Double(cost.macs) : 0,
        conditionNumber: analysis.spectra.first?.conditionNumber ?? 1, stableRank: analysis.spectra.first?.stableRank ?? 0,
        crossoverRanks: crossover, inapplicable: reasons)
    }
  }
}
