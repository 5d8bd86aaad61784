import KerfAlgebra

/// The share of all squared singular values that the first 1, 2, … of every list hold.
func energyShares(of values: [[Double]]) -> [Double] {
  let total = values.joined().reduce(0) { $0 + $1 * $1 }
  var kept = 0.0
  return (0..<(values.first?.count ?? 0)).map { place in
    for list in values { kept += list[place] * list[place] }
    return total > 0 ? kept / total : 1
  }
}

/// A kernel's spatial axes divided between the two factors of a chain `C→K`, `K→N`.
///
/// The first factor spans `innerAxes`, the last one the others; see `TwoFactorProblem` for the algebra.
struct AxisSplit {
  let kernel: ConvolutionKernel
  let innerAxes: [Int]

  private var outerAxes: [Int] { kernel.spatial.indices.filter { !innerAxes.contains($0) } }
  private func extent(_ axes: [Int]) -> Int { axes.reduce(1) { $0 * kernel.spatial[$1] } }
  /// `A = C/g · ∏ inner k`.
  var inner: Int { kernel.inputsPerGroup * extent(innerAxes) }
  /// `S = ∏ outer k`.
  var outer: Int { extent(outerAxes) }
  /// `min(C/g·∏ inner k, N/g·∏ outer k)`.
  var fullRank: Int { min(inner, kernel.outputsPerGroup * outer) }

  /// `g·K·(A·∏ strides after it + N/g·S·∏ upsampling before it)`.
  func macsPerOutput(_ rank: Int) -> Int {
    kernel.groups * rank
      * (inner * kernel.strideProduct(outerAxes) + kernel.outputsPerGroup * outer * kernel.upsamplingProduct(innerAxes))
  }

  func parameters(_ rank: Int) -> Int {
    kernel.groups * rank * (inner + kernel.outputsPerGroup * outer) + (kernel.bias?.count ?? 0)
  }

  /// Patch element (row-major over `(c, k…)`) at each position `(s, a)`, `a = (c, inner k…)`.
  var order: [Int] {
    let tensor = DenseTensor((0..<kernel.unfoldedColumns).map(Double.init), shape: [kernel.inputsPerGroup] + kernel.spatial)
    return tensor.permuted(outerAxes.map { $0 + 1 } + [0] + innerAxes.map { $0 + 1 }).elements.map { Int($0) }
  }

  func problem(_ objective: Objective, rank: Int, outerRank: Int? = nil) -> TwoFactorProblem {
    TwoFactorProblem(objective: objective.permuted(order), inner: inner, outer: outer, rank: rank, outerRank: outerRank)
  }

  /// Singular values of the unfolding `[N/g·S × A]` of each group.
  func singularValues(method: String) throws(DecompositionError) -> [[Double]] {
    let objectives = try Objective.groups(of: kernel, criterion: .filter, options: SolverOptions(), method: method)
    return try withMethod(method) { () throws(AlgebraError) in
      var result: [[Double]] = []
      for objective in objectives {
        let view = objective.target.selectingColumns(order).reshaped(objective.rows * outer, inner)
        result.append(try SingularValueDecomposition(view).values)
      }
      return result
    }
  }

  /// Share of the squared singular values of all groups that ranks 1, 2, … keep.
  func energies(method: String) throws(DecompositionError) -> [Double] { energyShares(of: try singularValues(method: method)) }

  /// The chain of the solutions of all groups.
  func chain(_ solutions: [TwoFactorProblem.Solution], rank: Rank, method: String, variant: String?) -> LayerForm {
    let k = rank.values[0]
    var first: [Double] = []
    var last: [Double] = []
    for solution in solutions {
      first += solution.inner.elements  // [K, C/g, inner k…]
      // [n, (s), K] → [n, K, (s)]
      last += DenseTensor(solution.outer.elements, shape: [kernel.outputsPerGroup, outer, k]).permuted([0, 2, 1]).elements
    }
    return LayerForm(
      method: method, rank: rank, variant: variant,
      factors: [
        kernel.factor(
          first, outputs: k * kernel.groups, inputsPerGroup: kernel.inputsPerGroup, groups: kernel.groups, carrying: innerAxes),
        kernel.factor(last, outputs: kernel.outputs, inputsPerGroup: k, groups: kernel.groups, carrying: outerAxes),
      ])
  }

  /// The chain's factors with weights 0.
  func skeleton(_ rank: Rank) -> [ConvolutionKernel] {
    let (k, g) = (rank.values[0], kernel.groups)
    return [
      kernel.blankFactor(outputs: k * g, inputsPerGroup: kernel.inputsPerGroup, groups: g, carrying: innerAxes),
      kernel.blankFactor(outputs: kernel.outputs, inputsPerGroup: k, groups: g, carrying: outerAxes, bias: kernel.blankBias),
    ]
  }

  /// The first factor of one group of a form made before and all that follows it, multiplied out; `nil` if it does not fit.
  func start(from form: LayerForm, group: Int, method: String) -> TwoFactorProblem.Solution? {
    guard form.method == method, let first = form.factors.first, form.factors.count >= 2,
      first.unfoldedColumns == inner, first.groups == kernel.groups
    else { return nil }
    let u = first.unfolded(group: group)
    let rest = LayerForm(method: method, rank: form.rank, factors: Array(form.factors.dropFirst()))
    let dense = rest.reconstructedUnfoldings(groups: kernel.groups)[group]  // [n, K, (s)]
    let outerFactor = DenseTensor(dense.elements, shape: [dense.rows, u.rows, outer]).permuted([0, 2, 1]).elements
    return TwoFactorProblem.Solution(
      outer: Matrix(outerFactor, rows: dense.rows, columns: outer * u.rows), inner: u, value: .infinity)
  }

  /// Solves every group and lays out the chain.
  func form(
    rank: Rank, criterion: Criterion, options: SolverOptions, method: String, variant: String? = nil
  ) throws(DecompositionError) -> LayerForm {
    let objectives = try Objective.groups(of: kernel, criterion: criterion, options: options, method: method)
    let solutions = try withMethod(method) { () throws(AlgebraError) in
      var result: [TwoFactorProblem.Solution] = []
      for (group, objective) in objectives.enumerated() {
        let problem = problem(objective, rank: rank.values[0])
        let smaller = options.warmStart.flatMap { start(from: $0, group: group, method: method) }
        result.append(try problem.solve(options: options, start: smaller).balanced(inner: inner))
      }
      return result
    }
    return chain(solutions, rank: rank, method: method, variant: variant)
  }
}

/// A form of two factors that divide the axes between them: what it has beside the division is the same for all.
protocol SplitMethod: DecompositionMethod {
  func split(_ kernel: ConvolutionKernel) -> AxisSplit
}

extension SplitMethod {
  public func fullRank(for kernel: ConvolutionKernel) -> Rank { Rank(split(kernel).fullRank) }
  public func macsPerOutput(_ kernel: ConvolutionKernel, rank: Rank) -> Int { split(kernel).macsPerOutput(rank.values[0]) }
  public func parameters(_ kernel: ConvolutionKernel, rank: Rank) -> Int { split(kernel).parameters(rank.values[0]) }
  public func skeleton(of kernel: ConvolutionKernel, rank: Rank) -> [ConvolutionKernel] { split(kernel).skeleton(rank) }
  public func energies(of kernel: ConvolutionKernel) throws(DecompositionError) -> [Double]? { try split(kernel).energies(method: name) }

  public func solve(
    _ kernel: ConvolutionKernel, rank: Rank, criterion: Criterion, options: SolverOptions
  ) throws(DecompositionError) -> LayerForm {
    try split(kernel).form(rank: rank, criterion: criterion, options: options, method: name)
  }
}
