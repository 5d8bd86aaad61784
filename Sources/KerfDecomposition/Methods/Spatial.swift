import KerfAlgebra

/// `C→K kh×1`, `K→N 1×kw`, or `1×kw` first.
///
/// Unfolding `[C·kh × N·kw]` (vertical first) or `[C·kw × N·kh]`; `filter` is its truncated SVD, the global optimum of the order.
/// MACs per output position `K(sw·C·kh + N·kw)` vertical first, `K(sh·C·kw + N·kh)` horizontal first. On three axes the first one
/// counts as vertical, the other two stay together.
///
/// - Reference: Jaderberg et al., BMVC 2014, scheme 2; Tai et al., ICLR 2016.
public struct SpatialMethod: DecompositionMethod {
  public static let name = "spatial"
  public static let summary = "C→K kh×1, K→N 1×kw (or 1×kw first)"

  public init() {}

  /// That of the cheaper order.
  public func truncatedSpectra(of kernel: ConvolutionKernel) -> [String] {
    splits(kernel, order: .best)[0].order == .verticalFirst ? [name] : [name + "-horizontal"]
  }

  public func applicability(to kernel: ConvolutionKernel) -> Applicability {
    if kernel.extendedAxes.count >= 2 { return .applicable }
    let extents = kernel.spatial.map(String.init).joined(separator: "×")
    return .inapplicable("a kernel of \(extents.isEmpty ? "no" : extents) spatial extent has no two axes to separate")
  }

  /// The axes of the first factor, for an order.
  private func split(_ kernel: ConvolutionKernel, verticalFirst: Bool) -> AxisSplit {
    let first = kernel.extendedAxes.first ?? 0
    // Axes that are 1 wide go with the first factor, so that their stride is taken early.
    let others = kernel.spatial.indices.filter { $0 != first && kernel.spatial[$0] > 1 }
    let thin = kernel.spatial.indices.filter { kernel.spatial[$0] == 1 }
    return AxisSplit(kernel: kernel, innerAxes: ((verticalFirst ? [first] : others) + thin).sorted())
  }

  /// The cheaper order, or both where they cost the same.
  private func splits(_ kernel: ConvolutionKernel, order: SolverOptions.Order) -> [(split: AxisSplit, order: SolverOptions.Order)] {
    let both = [
      (split(kernel, verticalFirst: true), SolverOptions.Order.verticalFirst),
      (split(kernel, verticalFirst: false), SolverOptions.Order.horizontalFirst),
    ]
    if order != .best { return both.filter { $0.1 == order } }
    let cost = both.map { $0.0.macsPerOutput(1) }
    return both.indices.filter { cost[$0] == cost.min() }.map { both[$0] }
  }

  /// The smaller of the two orders' full ranks where both are tried: the first rank at which one of them is exact.
  public func fullRank(for kernel: ConvolutionKernel) -> Rank { Rank(splits(kernel, order: .best).map(\.split.fullRank).min() ?? 1) }
  public func macsPerOutput(_ kernel: ConvolutionKernel, rank: Rank) -> Int {
    splits(kernel, order: .best)[0].split.macsPerOutput(rank.values[0])
  }
  public func parameters(_ kernel: ConvolutionKernel, rank: Rank) -> Int {
    splits(kernel, order: .best)[0].split.parameters(rank.values[0])
  }
  public func skeleton(of kernel: ConvolutionKernel, rank: Rank) -> [ConvolutionKernel] {
    splits(kernel, order: .best)[0].split.skeleton(rank)
  }
  public func energies(of kernel: ConvolutionKernel) throws(DecompositionError) -> [Double]? {
    var best = [Double](repeating: 0, count: fullRank(for: kernel).values[0])
    for (split, _) in splits(kernel, order: .best) {
      best = zip(best, try split.energies(method: name)).map { max($0, $1) }
    }
    return best
  }

  public func solve(
    _ kernel: ConvolutionKernel, rank: Rank, criterion: Criterion, options: SolverOptions
  ) throws(DecompositionError) -> LayerForm {
    let objectives = try Objective.groups(of: kernel, criterion: criterion, options: options, method: name)
    let k = rank.values[0]
    // Two sweeps of every order tell which one to finish.
    var glance = options
    glance.sweeps = min(2, options.sweeps)
    var best: (split: AxisSplit, order: SolverOptions.Order, solutions: [TwoFactorProblem.Solution], value: Double)?
    let candidates = splits(kernel, order: options.order)
    for (split, order) in candidates where k <= split.fullRank {
      let solutions = try withMethod(name) { () throws(AlgebraError) in
        var result: [TwoFactorProblem.Solution] = []
        for (group, objective) in objectives.enumerated() {
          let warm = options.warmStart.flatMap { $0.variant == order.rawValue ? $0 : nil }
          let smaller = warm.flatMap { split.start(from: $0, group: group, method: name) }
          result.append(try split.problem(objective, rank: k).solve(options: candidates.count > 1 ? glance : options, start: smaller))
        }
        return result
      }
      let value = solutions.reduce(0) { $0 + $1.value }
      if value < best?.value ?? .infinity { best = (split, order, solutions, value) }
    }
    guard let best else {
      throw DecompositionError(.rankOutOfRange, method: name, "rank \(rank) is above the order's full rank for \(kernel.shape)")
    }
    let solutions = try withMethod(name) { () throws(AlgebraError) in
      var result: [TwoFactorProblem.Solution] = []
      for (objective, solution) in zip(objectives, best.solutions) {
        let finished =
          candidates.count > 1 && objective.metric != nil
          ? try best.split.problem(objective, rank: k).solve(options: options, start: solution) : solution
        result.append(try finished.balanced(inner: best.split.inner))
      }
      return result
    }
    return best.split.chain(solutions, rank: rank, method: name, variant: best.order.rawValue)
  }
}
