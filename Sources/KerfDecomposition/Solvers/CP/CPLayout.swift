import KerfAlgebra

/// The chain of a canonical polyadic form: `C→K 1×1`, one depthwise factor a spatial mode, `K→N 1×1`.
struct CPLayout {
  let kernel: ConvolutionKernel
  /// Axes of each depthwise factor; an axis that is 1 wide goes with the first one, for its stride.
  let modeAxes: [[Int]]

  /// One mode for every axis that is more than 1 wide.
  init(separating kernel: ConvolutionKernel) {
    self.kernel = kernel
    let thin = kernel.spatial.indices.filter { kernel.spatial[$0] == 1 }
    modeAxes = kernel.extendedAxes.enumerated().map { $0.offset == 0 ? ([$0.element] + thin).sorted() : [$0.element] }
  }

  /// All axes in one mode.
  init(merging kernel: ConvolutionKernel) {
    self.kernel = kernel
    modeAxes = [Array(kernel.spatial.indices)]
  }

  var modes: [Int] { modeAxes.map { $0.reduce(1) { $0 * kernel.spatial[$1] } } }
  var fullRank: Int { CPProblem.fullRank([kernel.inputsPerGroup] + modes + [kernel.outputsPerGroup]) }

  /// `g·K(S·C/g + Σ_j e_j·(strides after j)·(upsampling before j) + U·N/g)`, `S` and `U` the products of all strides and of all upsampling.
  func macsPerOutput(_ rank: Int) -> Int {
    var (before, after) = (1, kernel.strideProduct())
    var sum = after * kernel.inputsPerGroup
    for (axes, extent) in zip(modeAxes, modes) {
      after /= kernel.strideProduct(axes)
      sum += extent * before * after
      before *= kernel.upsamplingProduct(axes)
    }
    return kernel.groups * rank * (sum + before * kernel.outputsPerGroup)
  }

  func parameters(_ rank: Int) -> Int {
    kernel.groups * rank * (kernel.inputsPerGroup + modes.reduce(0, +) + kernel.outputsPerGroup) + (kernel.bias?.count ?? 0)
  }

  /// The chain's factors with weights 0.
  func skeleton(_ rank: Rank) -> [ConvolutionKernel] {
    let (k, g) = (rank.values[0], kernel.groups)
    let first = kernel.blankFactor(outputs: k * g, inputsPerGroup: kernel.inputsPerGroup, groups: g, carrying: [])
    let last = kernel.blankFactor(outputs: kernel.outputs, inputsPerGroup: k, groups: g, carrying: [], bias: kernel.blankBias)
    return [first] + modeAxes.map { kernel.blankFactor(outputs: k * g, inputsPerGroup: 1, groups: k * g, carrying: $0) } + [last]
  }

  func form(
    rank: Rank, criterion: Criterion, options: SolverOptions, method: String
  ) throws(DecompositionError) -> LayerForm {
    if let solver = options.cpSolver { try CPSolverRegistry.check(solver) }
    let objectives = try Objective.groups(of: kernel, criterion: criterion, options: options, method: method)
    let k = rank.values[0]
    let smaller = options.warmStart.flatMap { factors(of: $0, method: method) }
    var (input, output): ([Double], [Double]) = ([], [])
    var spatial = [[Double]](repeating: [], count: modes.count)
    for (group, objective) in objectives.enumerated() {
      let problem = CPProblem(objective: objective, channels: kernel.inputsPerGroup, modes: modes, rank: k)
      let solution = try withMethod(method) { () throws(AlgebraError) in
        try problem.solve(options: options, group: group, start: smaller?[group])
      }
      input += solution.input.elements
      for mode in modes.indices { spatial[mode] += solution.spatial[mode].elements }
      output += solution.output.elements
    }
    let g = kernel.groups
    var chain = [kernel.factor(input, outputs: k * g, inputsPerGroup: kernel.inputsPerGroup, groups: g, carrying: [])]
    for (mode, axes) in modeAxes.enumerated() {
      chain.append(kernel.factor(spatial[mode], outputs: k * g, inputsPerGroup: 1, groups: k * g, carrying: axes))
    }
    chain.append(kernel.factor(output, outputs: kernel.outputs, inputsPerGroup: k, groups: g, carrying: []))
    return LayerForm(method: method, rank: rank, factors: chain)
  }

  /// The factors of each group of a form of this method made before, `nil` if it does not fit.
  func factors(of form: LayerForm, method: String) -> [CPFactors]? {
    guard form.method == method, form.factors.count == modes.count + 2, let k = form.rank.values.first else { return nil }
    func part(_ factor: ConvolutionKernel, _ group: Int) -> [Double] {
      let size = factor.weights.count / kernel.groups
      return factor.weights[group * size..<(group + 1) * size].map(Double.init)
    }
    return (0..<kernel.groups).map { group in
      CPFactors(
        input: Matrix(part(form.factors[0], group), rows: k, columns: kernel.inputsPerGroup),
        spatial: modes.indices.map { Matrix(part(form.factors[$0 + 1], group), rows: k, columns: modes[$0]) },
        output: Matrix(part(form.factors[modes.count + 1], group), rows: kernel.outputsPerGroup, columns: k))
    }
  }
}

/// A canonical polyadic form: what it has beside its modes is the same for all.
protocol CPFormMethod: DecompositionMethod {
  func layout(_ kernel: ConvolutionKernel) -> CPLayout
}

extension CPFormMethod {
  public static var hasCPSolvers: Bool { true }
  public func fullRank(for kernel: ConvolutionKernel) -> Rank { Rank(layout(kernel).fullRank) }
  public func macsPerOutput(_ kernel: ConvolutionKernel, rank: Rank) -> Int { layout(kernel).macsPerOutput(rank.values[0]) }
  public func parameters(_ kernel: ConvolutionKernel, rank: Rank) -> Int { layout(kernel).parameters(rank.values[0]) }
  public func skeleton(of kernel: ConvolutionKernel, rank: Rank) -> [ConvolutionKernel] { layout(kernel).skeleton(rank) }
  public func energies(of kernel: ConvolutionKernel) throws(DecompositionError) -> [Double]? { nil }

  public func solve(
    _ kernel: ConvolutionKernel, rank: Rank, criterion: Criterion, options: SolverOptions
  ) throws(DecompositionError) -> LayerForm {
    try layout(kernel).form(rank: rank, criterion: criterion, options: options, method: name)
  }
}
