import KerfAlgebra

/// `C→K1 1×1`, `K1→K2 k…`, `K2→N 1×1`: both channel modes compressed, the spatial ones left whole.
///
/// `W[n, c, k] ≈ Σ_ab E[n, b] · G[b, a, k] · U[a, c]`. `filter`: HOSVD start, HOOI sweeps. With data: given `U` the best
/// `(E, G)` is the reduced-rank regression in the metric of the compressed patches (closed form), given those `U` is improved by
/// conjugate gradients; alternate. MACs per output position `S·C·K1 + K1·K2·∏k + K2·N`, `S` the product of the strides;
/// of a transposed convolution per input position `C·K1 + K1·K2·∏k + U·K2·N`.
///
/// - Reference: Kim et al., ICLR 2016; De Lathauwer et al., SIAM J. Matrix Anal. 2000 (HOOI).
public struct Tucker2Method: DecompositionMethod {
  public static let name = "tucker2"
  public static let summary = "C→K1 1×1, K1→K2 kh×kw, K2→N 1×1"
  public func truncatedSpectra(of kernel: ConvolutionKernel) -> [String] { [ChannelInMethod.name, ChannelMethod.name] }
  public static let rankCount = 2

  public init() {}

  public func applicability(to kernel: ConvolutionKernel) -> Applicability {
    kernel.taps > 1 ? .applicable : .inapplicable("a 1×1 kernel has two modes only: use fc-svd")
  }

  /// `K1 ≤ min(C/g, N/g·∏k)`, `K2 ≤ min(N/g, C/g·∏k)`.
  public func fullRank(for kernel: ConvolutionKernel) -> Rank {
    let (n, c) = (kernel.outputsPerGroup, kernel.inputsPerGroup)
    return Rank(min(c, n * kernel.taps), min(n, c * kernel.taps))
  }

  public func macsPerOutput(_ kernel: ConvolutionKernel, rank: Rank) -> Int {
    let (k1, k2) = (rank.values[0], rank.values[1])
    let (first, last) = (kernel.inputsPerGroup * kernel.strideProduct(), kernel.outputsPerGroup * kernel.upsamplingProduct())
    return kernel.groups * (first * k1 + k1 * k2 * kernel.taps + k2 * last)
  }

  public func parameters(_ kernel: ConvolutionKernel, rank: Rank) -> Int {
    let (k1, k2) = (rank.values[0], rank.values[1])
    let perGroup = kernel.inputsPerGroup * k1 + k1 * k2 * kernel.taps + k2 * kernel.outputsPerGroup
    return kernel.groups * perGroup + (kernel.bias?.count ?? 0)
  }

  public func skeleton(of kernel: ConvolutionKernel, rank: Rank) -> [ConvolutionKernel] {
    let (k1, k2, g) = (rank.values[0], rank.values[1], kernel.groups)
    return [
      kernel.blankFactor(outputs: k1 * g, inputsPerGroup: kernel.inputsPerGroup, groups: g, carrying: []),
      kernel.blankFactor(outputs: k2 * g, inputsPerGroup: k1, groups: g, carrying: Array(kernel.spatial.indices)),
      kernel.blankFactor(outputs: kernel.outputs, inputsPerGroup: k2, groups: g, carrying: [], bias: kernel.blankBias),
    ]
  }

  /// `K1 : K2` as in the full rank, the larger one in steps of `step`.
  public func rankLadder(for kernel: ConvolutionKernel, step: Int) -> [Rank] {
    Rank.proportionalLadder(to: fullRank(for: kernel).values, step: step)
  }

  /// What HOSVD keeps at least: the losses of the two channel unfoldings add up.
  public func energies(of kernel: ConvolutionKernel) throws(DecompositionError) -> [Double]? {
    let input = try AxisSplit(kernel: kernel, innerAxes: []).energies(method: name)
    let output = try AxisSplit(kernel: kernel, innerAxes: Array(kernel.spatial.indices)).energies(method: name)
    return rankLadder(for: kernel, step: 1).map { max(0, input[$0.values[0] - 1] + output[$0.values[1] - 1] - 1) }
  }

  public func solve(
    _ kernel: ConvolutionKernel, rank: Rank, criterion: Criterion, options: SolverOptions
  ) throws(DecompositionError) -> LayerForm {
    let split = AxisSplit(kernel: kernel, innerAxes: [])
    let objectives = try Objective.groups(of: kernel, criterion: criterion, options: options, method: name)
    var (first, core, last): ([Double], [Double], [Double]) = ([], [], [])
    let (k1, k2, n) = (rank.values[0], rank.values[1], kernel.outputsPerGroup)
    for (group, objective) in objectives.enumerated() {
      let problem = split.problem(objective, rank: k1, outerRank: k2)
      let smaller = options.warmStart.flatMap { split.start(from: $0, group: group, method: name) }
      let factors = try withMethod(name) { () throws(AlgebraError) in
        try problem.objective.metric == nil
          ? problem.orthogonalIteration(options: options) : problem.weightedTucker(options: options, start: smaller)
      }
      first += factors.input.elements
      // [K2, (s), K1] → [K2, K1, (s)]
      core += DenseTensor(factors.core.elements, shape: [k2, split.outer, k1]).permuted([0, 2, 1]).elements
      last += factors.output.elements
    }
    let (g, axes) = (kernel.groups, Array(kernel.spatial.indices))
    return LayerForm(
      method: name, rank: rank,
      factors: [
        kernel.factor(first, outputs: k1 * g, inputsPerGroup: kernel.inputsPerGroup, groups: g, carrying: []),
        kernel.factor(core, outputs: k2 * g, inputsPerGroup: k1, groups: g, carrying: axes),
        kernel.factor(last, outputs: n * g, inputsPerGroup: k2, groups: g, carrying: []),
      ])
  }
}
