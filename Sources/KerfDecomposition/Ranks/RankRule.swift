/// A rule that gives a form its rank from the kernel alone. One file a rule, one line in `RankRuleRegistry`.
public protocol RankRule: Sendable {
  /// The name on the command line, `"energy"`.
  static var name: String { get }
  static var summary: String { get }
  /// What its number is where none is given, and between what it lies.
  static var standard: Double { get }
  static var range: ClosedRange<Double> { get }

  init(_ value: Double)
  /// - Throws: `DecompositionError.inapplicable` where the rule leaves the layer, with the reason.
  func rank(of method: any DecompositionMethod, for kernel: ConvolutionKernel) throws(DecompositionError) -> Rank
}

/// The one list of rules.
public enum RankRuleRegistry {
  public static let all: [any RankRule.Type] = [EnergyRule.self, FitRule.self, EVBMFRule.self, ConditionNumberRule.self]

  /// `energy`, `energy:0.9`.
  /// - Throws: `DecompositionError.unknownMethod` and `.rankOutOfRange`, with what there is.
  public static func rule(_ text: String) throws(DecompositionError) -> any RankRule {
    let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    guard let type = all.first(where: { $0.name == parts[0] }) else {
      throw DecompositionError(
        .unknownMethod, method: parts[0], "no such rule for ranks; there are \(all.map { $0.name }.joined(separator: ", "))")
    }
    guard parts.count == 2 else { return type.init(type.standard) }
    guard let value = Double(parts[1]), type.range.contains(value) else {
      throw DecompositionError(
        .rankOutOfRange, method: parts[0], "'\(parts[1])' is not between \(type.range.lowerBound) and \(type.range.upperBound)")
    }
    return type.init(value)
  }
}

extension DecompositionMethod {
  /// The spectra that the form's ranks truncate, in the order of its ranks.
  func spectra(of kernel: ConvolutionKernel, rule: String) throws(DecompositionError) -> [KernelAnalysis.Spectrum] {
    let all = try KernelAnalysis(kernel).spectra
    let own = truncatedSpectra(of: kernel).compactMap { name in all.first { $0.name == name } }
    guard !own.isEmpty, own.count == Self.rankCount else {
      throw DecompositionError(.inapplicable, method: name, "\(rule) needs a form whose rank is that of an unfolding")
    }
    return own
  }
}
