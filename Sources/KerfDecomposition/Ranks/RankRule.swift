/// A rule that gives a form its rank from the kernel alone. One line in `RankRuleRegistry` and a type here.
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

/// The smallest rank that keeps a share of the kernel's energy.
public struct EnergyRule: RankRule {
  public static let name = "energy"
  public static let summary = "the smallest rank that keeps a share of the kernel's energy"
  public static let standard = 0.95
  public static let range = 1e-9...1.0
  private let share: Double
  public init(_ value: Double) { share = value }

  public func rank(of method: any DecompositionMethod, for kernel: ConvolutionKernel) throws(DecompositionError) -> Rank {
    try method.rank(forEnergy: share, of: kernel)
  }
}

/// The smallest rank of a fit, `1 − ‖W − Ŵ‖/‖W‖` in per cent.
public struct FitRule: RankRule {
  public static let name = "fit"
  public static let summary = "the smallest rank that fits the kernel to so many per cent"
  public static let standard = 75.0
  public static let range = 1e-6...100.0
  private let fit: Double
  public init(_ value: Double) { fit = value }

  public func rank(of method: any DecompositionMethod, for kernel: ConvolutionKernel) throws(DecompositionError) -> Rank {
    let left = 1 - fit / 100
    return try method.rank(forEnergy: 1 - left * left, of: kernel)
  }
}

/// What variational Bayes takes for signal in the unfolding; the number weakens it: `R = R_max − f·(R_max − R_evbmf)`.
public struct EVBMFRule: RankRule {
  public static let name = "evbmf"
  public static let summary =
    "the singular values that stand out of noise by variational Bayes; its number, at most 1, takes the rank part of the way"
  public static let standard = 1.0
  public static let range = 0.0...1.0
  private let weakening: Double
  public init(_ value: Double) { weakening = value }

  public func rank(of method: any DecompositionMethod, for kernel: ConvolutionKernel) throws(DecompositionError) -> Rank {
    let spectra = try method.spectra(of: kernel, rule: Self.name)
    let full = method.fullRank(for: kernel).values
    return Rank(
      zip(spectra, full).map { spectrum, most in
        let found = EVBMF(singularValues: spectrum.values, rows: spectrum.shape[0], columns: spectrum.shape[1]).rank
        return min(most, max(1, most - Int((weakening * Double(most - found)).rounded())))
      })
  }
}

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
      throw DecompositionError(
        .inapplicable, method: method.name, "its condition number is \(Int(condition.rounded())), under \(threshold)")
    }
    return try method.rank(forEnergy: EnergyRule.standard, of: kernel)
  }
}

extension DecompositionMethod {
  /// The spectra that the form's ranks truncate, in the order of its ranks.
  func spectra(of kernel: ConvolutionKernel, rule: String) throws(DecompositionError) -> [KernelAnalysis.Spectrum] {
    let all = try KernelAnalysis(kernel).spectra
    let own = Self.truncatedSpectra.compactMap { name in all.first { $0.name == name } }
    guard !own.isEmpty, own.count == Self.rankCount else {
      throw DecompositionError(.inapplicable, method: name, "\(rule) needs a form whose rank is that of an unfolding")
    }
    return own
  }
}
