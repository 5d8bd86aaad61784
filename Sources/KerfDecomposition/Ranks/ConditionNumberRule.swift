/// Only layers whose unfolding has a condition number of at least so much are decomposed, at the rank of `energy`.
///
/// - Reference: Sedky & Hosmer, *Low-rank super-resolution*.
public struct ConditionNumberRule: RankRule {
  public static let name = "condition-number"
  public static let summary = "only layers of at least this condition number, at the rank of energy"
  public static let standard = 20.0
  public static let range = 1.0...1e300
  private let threshold: Double
  public init(_ value: Double) { threshold = value }

  public func rank(of method: any DecompositionMethod, for kernel: ConvolutionKernel) throws(DecompositionError) -> Rank {
    let condition = try method.spectra(of: kernel, rule: Self.name).map(\.conditionNumber).max() ?? 1
    guard condition >= threshold else {
      let rounded = Int(exactly: condition.rounded()).map(String.init) ?? "\(condition)"
      throw DecompositionError(.inapplicable, method: method.name, "its condition number is \(rounded), under \(threshold)")
    }
    return try method.rank(forEnergy: EnergyRule.standard, of: kernel)
  }
}
