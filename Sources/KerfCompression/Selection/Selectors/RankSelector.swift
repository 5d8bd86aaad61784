/// Chooses a form and a rank for every layer of a network at once, under a bound on their total cost. One file a selector, one line in
/// `RankSelectorRegistry`.
public protocol RankSelector: Sendable {
  /// The name on the command line, `"budget"`.
  static var name: String { get }
  static var summary: String { get }

  init()

  /// One option of each layer such that their costs stay within the budget; `nil` where even the cheapest exceed it.
  ///
  /// - Parameter layers: the options of each layer, the layer itself first.
  func choose(_ layers: [[LayerOption]], budget: Double) -> [Int]?
}

/// One thing that may stand in a layer's place, seen by a selector.
public struct LayerOption: Sendable, Equatable {
  /// `nil`: the layer as it is.
  public var form: String?
  /// In the unit of the budget: ms, multiply-adds, parameters.
  public var cost: Double
  /// Change of the network's output, `E‖f − f̂‖²`.
  public var harm: Double
  /// Relative error of the layer's response, `E‖y − ŷ‖² / E‖y − ȳ‖²`.
  public var error: Double
  /// Share of the layer's multiply-adds.
  public var work: Double

  public init(form: String?, cost: Double, harm: Double, error: Double, work: Double) {
    (self.form, self.cost, self.harm, self.error, self.work) = (form, cost, harm, error, work)
  }
}

/// The one list of selectors.
public enum RankSelectorRegistry {
  public static let all: [any RankSelector.Type] = [
    BudgetSelector.self, PCAEnergySelector.self, GreedySensitivitySelector.self, UniformSelector.self,
  ]

  /// - Throws: `CompressionError.request` with the names there are.
  public static func selector(_ name: String) throws(CompressionError) -> any RankSelector {
    guard let type = all.first(where: { $0.name == name }) else {
      throw CompressionError(
        .request, "under a bound ranks are chosen by one of \(all.map { $0.name }.joined(separator: ", ")), not '\(name)'")
    }
    return type.init()
  }
}
