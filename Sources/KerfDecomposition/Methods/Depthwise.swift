import KerfAlgebra

/// Depthwise `k…` with multiplier `M`, then `C·M→N 1×1`.
///
/// `filter`: for each channel the rank-`M` SVD of `W[:, c, :] [N × ∏k]`, closed form. With data: the pointwise factor exactly, the
/// depthwise one by conjugate gradients, alternating. MACs per output position `C·M(∏k + N)`.
///
/// - Reference: Howard et al. 2017 (the form); Guo et al., *Network Decoupling*, BMVC 2018 (the decomposition).
public struct DepthwiseMethod: DecompositionMethod {
  public static let name = "depthwise"
  public static let summary = "depthwise kh×kw with multiplier M, C·M→N 1×1"

  public init() {}

  public func applicability(to kernel: ConvolutionKernel) -> Applicability {
    if kernel.taps == 1 { return .inapplicable("a 1×1 kernel has no spatial part") }
    if kernel.inputsPerGroup == 1 { return .inapplicable("the kernel reads one channel a group: it is depthwise already") }
    return .applicable
  }

  public func fullRank(for kernel: ConvolutionKernel) -> Rank { Rank(min(kernel.outputsPerGroup, kernel.taps)) }

  public func macsPerOutput(_ kernel: ConvolutionKernel, rank: Rank) -> Int {
    kernel.inputs * rank.values[0] * (kernel.taps + kernel.outputsPerGroup * kernel.upsamplingProduct())
  }

  public func parameters(_ kernel: ConvolutionKernel, rank: Rank) -> Int {
    kernel.inputs * rank.values[0] * (kernel.taps + kernel.outputsPerGroup) + (kernel.bias?.count ?? 0)
  }

  public func skeleton(of kernel: ConvolutionKernel, rank: Rank) -> [ConvolutionKernel] {
    let (m, axes) = (rank.values[0], Array(kernel.spatial.indices))
    return [
      kernel.blankFactor(outputs: kernel.inputs * m, inputsPerGroup: 1, groups: kernel.inputs, carrying: axes),
      kernel.blankFactor(
        outputs: kernel.outputs, inputsPerGroup: kernel.inputsPerGroup * m, groups: kernel.groups, carrying: [], bias: kernel.blankBias),
    ]
  }

  public func energies(of kernel: ConvolutionKernel) throws(DecompositionError) -> [Double]? {
    var values: [[Double]] = []
    for objective in try Objective.groups(of: kernel, criterion: .filter, options: SolverOptions(), method: name) {
      for channel in 0..<kernel.inputsPerGroup {
        let slice = objective.target.columnSlice(channel * kernel.taps..<(channel + 1) * kernel.taps)
        values.append(try withMethod(name) { () throws(AlgebraError) in try SingularValueDecomposition(slice).values })
      }
    }
    return energyShares(of: values)
  }

  public func solve(
    _ kernel: ConvolutionKernel, rank: Rank, criterion: Criterion, options: SolverOptions
  ) throws(DecompositionError) -> LayerForm {
    var (first, last): ([Double], [Double]) = ([], [])
    let m = rank.values[0]
    let objectives = try Objective.groups(of: kernel, criterion: criterion, options: options, method: name)
    for (group, objective) in objectives.enumerated() {
      let problem = DepthwiseProblem(
        objective: objective, channels: kernel.inputsPerGroup, taps: kernel.taps, multiplier: m)
      let smaller = options.warmStart.flatMap { start(from: $0, of: kernel, group: group) }
      let solution = try withMethod(name) { () throws(AlgebraError) in try problem.solve(options: options, start: smaller) }
      first += solution.filters.elements
      last += solution.mixing.elements
    }
    return LayerForm(
      method: name, rank: rank,
      factors: [
        kernel.factor(
          first, outputs: kernel.inputs * m, inputsPerGroup: 1, groups: kernel.inputs, carrying: Array(kernel.spatial.indices)),
        kernel.factor(last, outputs: kernel.outputs, inputsPerGroup: kernel.inputsPerGroup * m, groups: kernel.groups, carrying: []),
      ])
  }

  /// One group's factors of a form made before, `nil` if it does not fit.
  private func start(from form: LayerForm, of kernel: ConvolutionKernel, group: Int) -> DepthwiseProblem.Solution? {
    guard form.method == name, form.factors.count == 2, form.factors[0].inputs == kernel.inputs else { return nil }
    let rows = form.factors[0].outputs / kernel.groups
    let filters = form.factors[0].weights[group * rows * kernel.taps..<(group + 1) * rows * kernel.taps]
    return DepthwiseProblem.Solution(
      filters: Matrix(filters, rows: rows, columns: kernel.taps), mixing: form.factors[1].unfolded(group: group))
  }
}
