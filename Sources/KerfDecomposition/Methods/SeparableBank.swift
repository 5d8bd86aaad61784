import KerfAlgebra

/// Every input channel filtered by `M` separable filters, depthwise `kh×1` then `1×kw`, and `C·M→N 1×1`; each channel has a basis of its own.
///
/// `W[n, c, y, x] ≈ Σ_m P[n, (c, m)] V[(c, m), y] H[(c, m), x]`: for each channel the rank-`M` CP of `N × kh × kw`; with data, alternating weighted
/// least squares from there. MACs per output position `C·M(sw·kh + kw + N)`.
///
/// - Reference: Jaderberg et al., BMVC 2014, scheme 1.
public struct SeparableBankMethod: DecompositionMethod {
  public static let name = "separable-bank"
  public static let summary = "depthwise kh×1 with multiplier M, depthwise 1×kw, C·M→N 1×1"
  public static let hasCPSolvers = true

  public init() {}

  public func applicability(to kernel: ConvolutionKernel) -> Applicability { SeparableBank(kernel).applicability }
  public func fullRank(for kernel: ConvolutionKernel) -> Rank { Rank(SeparableBank(kernel).fullRankOfChannels) }
  public func skeleton(of kernel: ConvolutionKernel, rank: Rank) -> [ConvolutionKernel] { SeparableBank(kernel).skeleton(rank) }
  public func outdone(on kernel: ConvolutionKernel) -> String? { SeparableBank(kernel).outdone }
  public func energies(of kernel: ConvolutionKernel) throws(DecompositionError) -> [Double]? { nil }

  public func solve(
    _ kernel: ConvolutionKernel, rank: Rank, criterion: Criterion, options: SolverOptions
  ) throws(DecompositionError) -> LayerForm {
    try SeparableBank(kernel).solve(method: name, rank: rank, criterion: criterion, options: options, shared: false)
  }
}

/// The same with one basis of `M` separable filters for all channels: rank-`M` CP of the bank `(N·C) × kh × kw`.
///
/// With data the channels' copies of the basis are fitted apart, so that the form is the one of `separable-bank` from another start.
///
/// - Reference: Sironi et al., TPAMI 2015; Petrescu, *Separable filters*.
public struct SharedSeparableBankMethod: DecompositionMethod {
  public static let name = "separable-bank-shared"
  public static let summary = "as separable-bank, the M filters the same for all channels"
  public static let hasCPSolvers = true

  public init() {}

  public func applicability(to kernel: ConvolutionKernel) -> Applicability { SeparableBank(kernel).applicability }
  public func fullRank(for kernel: ConvolutionKernel) -> Rank { Rank(SeparableBank(kernel).fullRankOfBank) }
  public func skeleton(of kernel: ConvolutionKernel, rank: Rank) -> [ConvolutionKernel] { SeparableBank(kernel).skeleton(rank) }
  public func outdone(on kernel: ConvolutionKernel) -> String? { SeparableBank(kernel).outdone }
  public func energies(of kernel: ConvolutionKernel) throws(DecompositionError) -> [Double]? { nil }

  public func solve(
    _ kernel: ConvolutionKernel, rank: Rank, criterion: Criterion, options: SolverOptions
  ) throws(DecompositionError) -> LayerForm {
    try SeparableBank(kernel).solve(method: name, rank: rank, criterion: criterion, options: options, shared: true)
  }
}

/// The chain of both forms.
private struct SeparableBank {
  let kernel: ConvolutionKernel

  init(_ kernel: ConvolutionKernel) { self.kernel = kernel }

  var applicability: Applicability {
    guard kernel.extendedAxes.count == 2 else { return .inapplicable("the kernel has \(kernel.extendedAxes.count) spatial modes, not two") }
    if kernel.inputsPerGroup == 1 && kernel.groups > 1 {
      return .inapplicable("the kernel reads one channel a group: it is depthwise already")
    }
    return .applicable
  }

  /// `kh + kw` products a filter against `kh·kw`, beside the `N` of the mixing that both have.
  var outdone: String? {
    let (h, w) = sizes
    return 10 * (h * w - h - w) < kernel.outputsPerGroup
      ? "depthwise has all \(h)×\(w) filters for about the same work" : nil
  }

  /// The two axes that are more than 1 wide; the others go with the first, for their stride.
  private var axes: (first: [Int], last: [Int]) {
    let thin = kernel.spatial.indices.filter { kernel.spatial[$0] == 1 }
    return ((kernel.extendedAxes.prefix(1) + thin).sorted(), Array(kernel.extendedAxes.suffix(1)))
  }

  private var sizes: (height: Int, width: Int) { (kernel.spatial[kernel.extendedAxes[0]], kernel.spatial[kernel.extendedAxes[1]]) }
  var fullRankOfChannels: Int { CPProblem.fullRank([kernel.outputsPerGroup, sizes.height, sizes.width]) }
  var fullRankOfBank: Int { CPProblem.fullRank([kernel.outputsPerGroup * kernel.inputsPerGroup, sizes.height, sizes.width]) }

  func skeleton(_ rank: Rank) -> [ConvolutionKernel] {
    let wide = kernel.inputs * rank.values[0]
    return [
      kernel.blankFactor(outputs: wide, inputsPerGroup: 1, groups: kernel.inputs, carrying: axes.first),
      kernel.blankFactor(outputs: wide, inputsPerGroup: 1, groups: wide, carrying: axes.last),
      kernel.blankFactor(
        outputs: kernel.outputs, inputsPerGroup: kernel.inputsPerGroup * rank.values[0], groups: kernel.groups, carrying: [],
        bias: kernel.blankBias),
    ]
  }

  func solve(
    method: String, rank: Rank, criterion: Criterion, options: SolverOptions, shared: Bool
  ) throws(DecompositionError) -> LayerForm {
    if let solver = options.cpSolver { try CPSolverRegistry.check(solver) }
    // On tensors this small, whose ranks come near their sizes, alternating sweeps creep; all factors at once cost little there.
    var options = options
    options.cpSolver = options.cpSolver ?? NonlinearLeastSquares.name
    let objectives = try Objective.groups(of: kernel, criterion: criterion, options: options, method: method)
    let chains = try withMethod(method) { () throws(AlgebraError) in
      var result: [[ChainFactor]] = []
      for (group, objective) in objectives.enumerated() {
        let smaller = options.warmStart.flatMap { $0.method == method ? parts(of: $0, group: group) : nil }
        let start =
          try shared
          ? bank(objective.target, rank.values[0], smaller, options) : channels(objective.target, rank.values[0], smaller, options)
        let problem = ChainProblem(objective: objective, channels: kernel.inputsPerGroup)
        let before = options.warmStart.flatMap { form in
          form.method == method && form.rank == rank ? ChainFactor.padded(form, like: skeleton(rank), group: group, of: kernel.groups) : nil
        }
        result.append(objective.metric == nil ? start : problem.improve(start, or: before, options: options))
      }
      return result
    }
    return LayerForm(method: method, rank: rank, chains: chains, like: skeleton(rank))
  }

  /// Each channel's CP.
  private func channels(
    _ target: Matrix, _ m: Int, _ smaller: [CPFactors]?, _ options: SolverOptions
  ) throws(AlgebraError) -> [ChainFactor] {
    var all: [CPFactors] = []
    for channel in 0..<kernel.inputsPerGroup {
      let slice = target.columnSlice(channel * kernel.taps..<(channel + 1) * kernel.taps)
      let problem = CPProblem(objective: Objective(target: slice, metric: nil), channels: sizes.height, modes: [sizes.width], rank: m)
      all.append(try problem.solve(options: options, group: channel, start: smaller?[channel]))
    }
    return chain(all)
  }

  /// The CP of the bank, its basis copied for every channel.
  private func bank(_ target: Matrix, _ m: Int, _ smaller: [CPFactors]?, _ options: SolverOptions) throws(AlgebraError) -> [ChainFactor] {
    let (n, c) = (target.rows, kernel.inputsPerGroup)
    let problem = CPProblem(
      objective: Objective(target: target.reshaped(n * c, kernel.taps), metric: nil), channels: sizes.height, modes: [sizes.width], rank: m)
    // The copies' output vectors are the rows (n, c) of the bank's.
    let start = smaller.flatMap { parts -> CPFactors? in
      guard let first = parts.first, parts.allSatisfy({ $0.input == first.input && $0.spatial == first.spatial }) else { return nil }
      var output = Matrix.zeros(n * c, first.rank)
      for row in 0..<n { for channel in 0..<c { for k in 0..<first.rank { output[row * c + channel, k] = parts[channel].output[row, k] } } }
      return CPFactors(input: first.input, spatial: first.spatial, output: output)
    }
    let found = try problem.solve(options: options, group: 0, start: start)
    return chain(
      (0..<c).map { channel in
        CPFactors(input: found.input, spatial: found.spatial, output: found.output.selectingRows((0..<n).map { $0 * c + channel }))
      })
  }

  private func chain(_ parts: [CPFactors]) -> [ChainFactor] {
    let (first, last) = axes
    func spatial(_ axes: [Int]) -> [Int] { kernel.spatial.indices.map { axes.contains($0) ? kernel.spatial[$0] : 1 } }
    let m = parts[0].rank
    var mixing = Matrix.zeros(parts[0].output.rows, parts.count * m)
    for (channel, part) in parts.enumerated() {
      for row in 0..<mixing.rows { for k in 0..<m { mixing[row, channel * m + k] = part.output[row, k] } }
    }
    return [
      ChainFactor(blocks: parts.map(\.input), spatial: spatial(first)),
      ChainFactor(blocks: parts.flatMap { part in (0..<m).map { part.spatial[0].rowSlice($0..<$0 + 1) } }, spatial: spatial(last)),
      ChainFactor(blocks: [mixing], spatial: kernel.spatial.map { _ in 1 }),
    ]
  }

  /// Each channel's factors of a form made before, `nil` if it does not fit.
  private func parts(of form: LayerForm, group: Int) -> [CPFactors]? {
    guard form.factors.count == 3, let m = form.rank.values.first, form.factors[0].inputs == kernel.inputs else { return nil }
    let (vertical, horizontal, mixing) = (
      ChainFactor(form.factors[0], group: group, of: kernel.groups), ChainFactor(form.factors[1], group: group, of: kernel.groups),
      form.factors[2].unfolded(group: group)
    )
    return (0..<kernel.inputsPerGroup).map { channel in
      let rows = horizontal.blocks[channel * m..<(channel + 1) * m].flatMap(\.elements)
      return CPFactors(
        input: vertical.blocks[channel], spatial: [Matrix(rows, rows: m, columns: sizes.width)],
        output: mixing.columnSlice(channel * m..<(channel + 1) * m))
    }
  }
}
