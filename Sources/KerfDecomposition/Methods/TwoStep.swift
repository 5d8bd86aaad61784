import KerfAlgebra

/// A form applied again to the factor of another one that has the kernel's spatial extent: `channel+spatial` is Zhang's asymmetric 3-D decomposition,
/// `tucker2+cp` the CP of a Tucker core.
///
/// The ranks are the outer form's, then the inner one's. The outer form is solved by the criterion, the inner one on the weights of its factor; then all factors
/// together by alternating least squares, in the metric of the patches where there are data. MACs: the outer form's with the inner one's in the place of its
/// spatial factor.
///
/// - Reference: Zhang et al., TPAMI 2016, §3.5; Phan et al., ECCV 2020 (TKD-CPD).
public struct TwoStepMethod<Outer: DecompositionMethod, Inner: DecompositionMethod>: DecompositionMethod {
  public static var name: String { "\(Outer.name)+\(Inner.name)" }
  public static var summary: String { "\(Outer.name), its spatial factor again by \(Inner.name)" }
  public static var rankCount: Int { Outer.rankCount + Inner.rankCount }
  public static var hasCPSolvers: Bool { Outer.hasCPSolvers || Inner.hasCPSolvers }
  private let outer: Outer
  private let inner: Inner

  public init(_ outer: Outer, _ inner: Inner) { (self.outer, self.inner) = (outer, inner) }

  public func applicability(to kernel: ConvolutionKernel) -> Applicability {
    let first = outer.applicability(to: kernel)
    if first != .applicable { return first }
    let factors = outer.skeleton(of: kernel, rank: outer.fullRank(for: kernel))
    guard let factor = factors.first(where: { $0.taps == kernel.taps }) else {
      return .inapplicable("\(outer.name) has no factor of the kernel's extent")
    }
    return inner.applicability(to: factor)
  }

  private func split(_ rank: Rank) -> (outer: Rank, inner: Rank) {
    (Rank(Array(rank.values.prefix(Outer.rankCount))), Rank(Array(rank.values.suffix(Inner.rankCount))))
  }

  /// The outer form's chain, the place of its spatial factor, and the inner rank as far as that factor has it.
  private func chain(_ kernel: ConvolutionKernel, _ rank: Rank) -> (factors: [ConvolutionKernel], place: Int, inner: Rank) {
    let (first, second) = split(rank)
    let factors = outer.skeleton(of: kernel, rank: first)
    let place = factors.firstIndex { $0.taps == kernel.taps } ?? 0
    return (factors, place, capped(second, for: factors[place]))
  }

  private func capped(_ rank: Rank, for factor: ConvolutionKernel) -> Rank {
    Rank(zip(rank.values, inner.fullRank(for: factor).values).map { min($0, $1) })
  }

  public func fullRank(for kernel: ConvolutionKernel) -> Rank {
    let first = outer.fullRank(for: kernel)
    let factors = outer.skeleton(of: kernel, rank: first)
    let place = factors.firstIndex { $0.taps == kernel.taps } ?? 0
    return Rank(first.values + inner.fullRank(for: factors[place]).values)
  }

  public func skeleton(of kernel: ConvolutionKernel, rank: Rank) -> [ConvolutionKernel] {
    let (factors, place, second) = chain(kernel, rank)
    return Array(factors[..<place]) + inner.skeleton(of: factors[place], rank: second) + Array(factors[(place + 1)...])
  }

  public func rankLadder(for kernel: ConvolutionKernel, step: Int) -> [Rank] {
    Rank.proportionalLadder(to: fullRank(for: kernel).values, step: step)
  }

  public func outdone(on kernel: ConvolutionKernel) -> String? {
    "tried where it is asked for by name: fitting its chains takes long"
  }

  public func energies(of kernel: ConvolutionKernel) throws(DecompositionError) -> [Double]? { nil }

  public func solve(
    _ kernel: ConvolutionKernel, rank: Rank, criterion: Criterion, options: SolverOptions
  ) throws(DecompositionError) -> LayerForm {
    let before = options.warmStart.flatMap { $0.method == name ? $0 : nil }
    var plain = options
    plain.warmStart = nil
    if let order = before?.variant.flatMap(SolverOptions.Order.init) { plain.order = order }
    let first = try outer.solve(kernel, rank: split(rank).outer, criterion: criterion, options: plain)
    let (_, place, second) = chain(kernel, rank)
    let again = try inner.solve(first.factors[place], rank: second, criterion: .filter, options: plain)
    let factors = Array(first.factors[..<place]) + again.factors + Array(first.factors[(place + 1)...])
    let objectives = try Objective.groups(of: kernel, criterion: criterion, options: options, method: name)
    let chains = objectives.enumerated().map { group, objective in
      let problem = ChainProblem(objective: objective, channels: kernel.inputsPerGroup)
      let start = factors.map { ChainFactor($0, group: group, of: kernel.groups) }
      let smaller = before.flatMap { ChainFactor.padded($0, like: factors, group: group, of: kernel.groups) }
      return problem.improve(start, or: smaller, options: options)
    }
    return LayerForm(method: name, rank: rank, variant: again.variant, chains: chains, like: factors)
  }
}
