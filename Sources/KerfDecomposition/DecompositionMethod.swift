/// Whether a method can take a kernel; "no" comes with the reason.
public enum Applicability: Sendable, Equatable {
  case applicable
  case inapplicable(String)

  public var reason: String? {
    if case .inapplicable(let reason) = self { return reason }
    return nil
  }
}

/// One way to replace a convolution by a few small ones. One file a method in `Methods/`, one line in `MethodRegistry`.
///
/// A grouped kernel is factorized group by group at one rank; ranks, and `fullRank`, are those of one group.
public protocol DecompositionMethod: Sendable {
  /// The name on the command line and in reports, `"spatial"`.
  static var name: String { get }
  /// The chain in one line, for help texts: `"C→K kh×1, K→N 1×kw"`.
  static var summary: String { get }
  /// How many numbers make a rank: 1, or 2 for `tucker2`.
  static var rankCount: Int { get }
  /// Whether the solver is one of `CPSolverRegistry`, as the options say.
  static var hasCPSolvers: Bool { get }
  /// Whether the full rank reproduces every kernel; other forms are exact on kernels of their own structure alone.
  static var isExactAtFullRank: Bool { get }

  func applicability(to kernel: ConvolutionKernel) -> Applicability
  /// Names of the spectra (`KernelAnalysis.Spectrum`) that the ranks truncate, one a rank; empty where they are not those of unfoldings.
  func truncatedSpectra(of kernel: ConvolutionKernel) -> [String]
  /// Why numbers that are at least 1 are no rank of the form, `nil` where they are: above the full rank, or not dividing what they divide.
  func refusal(of rank: Rank, for kernel: ConvolutionKernel) -> String?
  /// The ranks at which the form is exact (`isExactAtFullRank`); also the largest accepted.
  func fullRank(for kernel: ConvolutionKernel) -> Rank
  /// Multiply-adds per output position, borders left out, strides counted.
  func macsPerOutput(_ kernel: ConvolutionKernel, rank: Rank) -> Int
  /// Weights of all factors, and the bias where the kernel has one.
  func parameters(_ kernel: ConvolutionKernel, rank: Rank) -> Int
  /// The form's factors with weights 0: shapes for timing and counting before anything is fitted.
  func skeleton(of kernel: ConvolutionKernel, rank: Rank) -> [ConvolutionKernel]
  /// Ranks on the way from nothing to `fullRank`, in steps of `step`, the proportion of several ranks kept.
  func rankLadder(for kernel: ConvolutionKernel, step: Int) -> [Rank]
  /// The share of the kernel's energy that each rank of `rankLadder(step: 1)` keeps, from singular values, ascending; `nil` where
  /// they do not tell.
  func energies(of kernel: ConvolutionKernel) throws(DecompositionError) -> [Double]?

  /// Why a search among all forms leaves this one out unless it is asked for by name: another one is never worse at the same work, or its fit takes
  /// long. `nil` where it is tried.
  func outdone(on kernel: ConvolutionKernel) -> String?

  /// Factorizes without checking applicability and range; call `factorize`.
  func solve(
    _ kernel: ConvolutionKernel, rank: Rank, criterion: Criterion, options: SolverOptions
  ) throws(DecompositionError) -> LayerForm
}

extension DecompositionMethod {
  public static var rankCount: Int { 1 }
  public static var hasCPSolvers: Bool { false }
  public static var isExactAtFullRank: Bool { true }
  public var name: String { Self.name }
  public func truncatedSpectra(of kernel: ConvolutionKernel) -> [String] { [] }
  public func outdone(on kernel: ConvolutionKernel) -> String? { nil }
  public func refusal(of rank: Rank, for kernel: ConvolutionKernel) -> String? {
    let full = fullRank(for: kernel)
    return zip(rank.values, full.values).allSatisfy { $0 <= $1 } ? nil : "rank \(rank) is not in 1...\(full)"
  }
  /// Those of the skeleton.
  public func macsPerOutput(_ kernel: ConvolutionKernel, rank: Rank) -> Int {
    LayerForm(method: name, rank: rank, factors: skeleton(of: kernel, rank: rank)).macsPerOutput
  }
  public func parameters(_ kernel: ConvolutionKernel, rank: Rank) -> Int {
    LayerForm(method: name, rank: rank, factors: skeleton(of: kernel, rank: rank)).parameters
  }
  public var hasCPSolvers: Bool { Self.hasCPSolvers }

  /// The form of the rank given, its last factor and bias refit to the criterion.
  ///
  /// - Throws: `DecompositionError.inapplicable`, `.rankOutOfRange`, `.momentsMismatch`, `.numerical`, `.unknownMethod`.
  public func factorize(
    _ kernel: ConvolutionKernel, rank: Rank, criterion: Criterion = .filter, options: SolverOptions = SolverOptions()
  ) throws(DecompositionError) -> LayerForm {
    try check(rank, for: kernel)
    return try fit(kernel, rank: rank, criterion: criterion, options: options)
  }

  /// Whether the form can be made of a kernel at a rank.
  /// - Throws: `DecompositionError.inapplicable`, `.rankOutOfRange`.
  public func check(_ rank: Rank, for kernel: ConvolutionKernel) throws(DecompositionError) {
    if let reason = applicability(to: kernel).reason { throw DecompositionError(.inapplicable, method: name, reason) }
    let full = fullRank(for: kernel)
    guard rank.values.count == full.values.count else {
      throw DecompositionError(.rankOutOfRange, method: name, "rank \(rank) has \(rank.values.count) numbers, not \(full.values.count)")
    }
    let refusal = rank.values.allSatisfy { $0 >= 1 } ? refusal(of: rank, for: kernel) : "rank \(rank) is not in 1...\(full)"
    if let refusal { throw DecompositionError(.rankOutOfRange, method: name, "\(refusal) for a kernel of shape \(kernel.shape)") }
  }

  /// The largest rank on the ladder of single steps that still costs fewer MACs than the kernel, `nil` if none does.
  public func crossoverRank(for kernel: ConvolutionKernel) -> Rank? {
    if applicability(to: kernel) != .applicable { return nil }
    let ladder = rankLadder(for: kernel, step: 1)
    var (low, high) = (0, ladder.count)
    while low < high {  // cost grows along the ladder
      let middle = (low + high) / 2
      if macsPerOutput(kernel, rank: ladder[middle]) < kernel.macsPerOutput { low = middle + 1 } else { high = middle }
    }
    return low == 0 ? nil : ladder[low - 1]
  }

  /// Ranks worth trying: those that save MACs, in steps of 16 (8 or less for narrow kernels), at most about 16 of them.
  public func candidateRanks(for kernel: ConvolutionKernel) -> [Rank] {
    guard let crossover = crossoverRank(for: kernel), let largest = crossover.values.max() else { return [] }
    var step = largest >= 160 ? 16 : largest >= 24 ? 8 : largest >= 12 ? 4 : largest >= 6 ? 2 : 1
    while largest / step > 18 { step *= 2 }
    return rankLadder(for: kernel, step: step).filter { macsPerOutput(kernel, rank: $0) < kernel.macsPerOutput }
  }

  public func rankLadder(for kernel: ConvolutionKernel, step: Int) -> [Rank] {
    let full = fullRank(for: kernel).values[0]
    return stride(from: step, through: full, by: step).map { Rank($0) }
  }

  /// The smallest rank that keeps the share of energy given, `1 − ‖W − Ŵ‖²/‖W‖² ≥ share`; the full rank if no smaller one does.
  ///
  /// From the singular values where they tell; for the others (`cp`) by factorizing candidate ranks in bisection.
  public func rank(forEnergy share: Double, of kernel: ConvolutionKernel) throws(DecompositionError) -> Rank {
    if let energies = try energies(of: kernel) {
      let ladder = rankLadder(for: kernel, step: 1)
      return energies.firstIndex { $0 >= share }.map { ladder[$0] } ?? fullRank(for: kernel)
    }
    let candidates = candidateRanks(for: kernel)
    var (low, high) = (0, candidates.count)
    while low < high {
      let middle = (low + high) / 2
      let error = try factorize(kernel, rank: candidates[middle], options: .preview).kernelError(replacing: kernel)
      if 1 - error * error >= share { high = middle } else { low = middle + 1 }
    }
    return low < candidates.count ? candidates[low] : fullRank(for: kernel)
  }
}
