import KerfAlgebra

/// `cp` whose terms draw their vectors from smaller collections: `K1` distinct 1×1 responses, `K2` distinct ones along the first axis, `K` terms.
///
/// `W[n, c, y, x] ≈ Σ_k P[n, k] U[i(j(k)), c] V[j(k), y] H[k, x]`. From a rank-`K` CP: k-means of the directions of the terms' `u ⊗ v`, then of those clusters'
/// `u` (`SubspaceClustering`), then least squares: the last factor first, then all in turn. A shared response is computed once and selected as often as
/// it is read. `K1 ≤ K2 ≤ K`. MACs per output position at stride 1 `C·K1 + kh·K2 + kw·K + N·K`.
///
/// - Reference: Denton et al., NIPS 2014, equation (4).
public struct SharedCPMethod: DecompositionMethod {
  public static let name = "shared-cp"
  public static let summary = "cp with K1 distinct 1×1 responses, K2 distinct ones along the first axis, K terms; ranks K1,K2,K"
  public static let rankCount = 3
  public static let hasCPSolvers = true

  public init() {}

  public func applicability(to kernel: ConvolutionKernel) -> Applicability { CPMethod().applicability(to: kernel) }

  /// That of `cp`, with nothing shared.
  public func fullRank(for kernel: ConvolutionKernel) -> Rank {
    let k = CPLayout(separating: kernel).fullRank
    return Rank(k, k, k)
  }

  public func refusal(of rank: Rank, for kernel: ConvolutionKernel) -> String? {
    let (k, full) = (rank.values, fullRank(for: kernel).values[2])
    if k[2] > full { return "rank \(rank): \(k[2]) terms are not in 1...\(full)" }
    if k[0] > k[1] || k[1] > k[2] { return "rank \(rank): no number may be above the next one" }
    let (first, others) = extents(kernel)
    if k[1] > first * k[0] { return "rank \(rank): \(k[1]) responses along an axis of \(first) of \(k[0])" }
    return k[2] > others * k[1] ? "rank \(rank): \(k[2]) terms along axes of \(others) of \(k[1]) responses" : nil
  }

  /// More vectors than the first axis, or the others, have directions would cancel each other.
  private func extents(_ kernel: ConvolutionKernel) -> (first: Int, others: Int) {
    let modes = CPLayout(separating: kernel).modes
    return (modes[0], modes.dropFirst().reduce(1, *))
  }

  /// Three 1×1 responses for every four terms.
  public func rankLadder(for kernel: ConvolutionKernel, step: Int) -> [Rank] {
    let full = fullRank(for: kernel).values[2]
    // A step is one of the terms.
    let step = max(1, step / 4)
    return stride(from: step, through: full / 4, by: step).map { Rank(3 * $0, 4 * $0, 4 * $0) }
  }

  public func skeleton(of kernel: ConvolutionKernel, rank: Rank) -> [ConvolutionKernel] {
    let (k, g) = (rank.values, kernel.groups)
    var width = k[0]
    var factors = [kernel.blankFactor(outputs: width * g, inputsPerGroup: kernel.inputsPerGroup, groups: g, carrying: [])]
    for (place, mode) in CPLayout(separating: kernel).modeAxes.enumerated() {
      let next = place == 0 ? k[1] : k[2]
      if next > width {
        let order = (0..<next * g).map { $0 * width / next }
        factors.append(ConvolutionKernel(selecting: order, of: width * g, axes: kernel.spatial.count))
      }
      width = next
      factors.append(kernel.blankFactor(outputs: width * g, inputsPerGroup: 1, groups: width * g, carrying: mode))
    }
    return factors + [
      kernel.blankFactor(outputs: kernel.outputs, inputsPerGroup: width, groups: g, carrying: [], bias: kernel.blankBias)
    ]
  }

  public func outdone(on kernel: ConvolutionKernel) -> String? {
    "tried where it is asked for by name: fitting its chains takes long"
  }

  public func energies(of kernel: ConvolutionKernel) throws(DecompositionError) -> [Double]? { nil }

  public func solve(
    _ kernel: ConvolutionKernel, rank: Rank, criterion: Criterion, options: SolverOptions
  ) throws(DecompositionError) -> LayerForm {
    if let solver = options.cpSolver { try CPSolverRegistry.check(solver) }
    let objectives = try Objective.groups(of: kernel, criterion: criterion, options: options, method: name)
    let shapes = skeleton(of: kernel, rank: rank)
    let modes = CPLayout(separating: kernel).modes
    var plain = options
    plain.warmStart = nil
    let chains = try withMethod(name) { () throws(AlgebraError) in
      var result: [[ChainFactor]] = []
      for (group, objective) in objectives.enumerated() {
        let terms = try CPProblem(objective: objective, channels: kernel.inputsPerGroup, modes: modes, rank: rank.values[2])
          .solve(options: plain, group: group)
        let problem = ChainProblem(objective: objective, channels: kernel.inputsPerGroup)
        let smaller = options.warmStart.flatMap { form in
          form.method == name ? ChainFactor.padded(form, like: shapes, group: group, of: kernel.groups) : nil
        }
        let own = problem.refit(try shared(terms, kernel, rank.values, seed: options.seed))
        result.append(problem.improve(own, or: smaller, options: options))
      }
      return result
    }
    return LayerForm(method: name, rank: rank, chains: chains, like: shapes)
  }

  /// The terms' vectors replaced by those of their clusters.
  private func shared(_ terms: CPFactors, _ kernel: ConvolutionKernel, _ k: [Int], seed: UInt64) throws(AlgebraError) -> [ChainFactor] {
    var terms = terms
    terms.normalize()
    // A term counts as much as it has energy.
    let output = terms.output.transposed
    let weights = (0..<k[2]).map { output.rowSlice($0..<$0 + 1).norm }
    let products = CPFactors.combined([terms.input, terms.spatial[0]], rank: k[2]).scalingRows(weights)
    let (inputs, firsts) = (terms.input.scalingRows(weights), terms.spatial[0].scalingRows(weights))
    let extents = extents(kernel)
    let pairs = try clusters(products, k[1], of: extents.others, seed: seed)
    let lines = try line(of: inputs, pairs)
    let energies = pairs.map { $0.reduce(0) { $0 + weights[$1] * weights[$1] }.squareRoot() }
    let heavy = lines.scalingRows(energies)
    let groups = try clusters(heavy, k[0], of: extents.first, seed: seed)
    // Who reads the same stands together.
    let pairOrder = groups.flatMap { $0 }
    let termOrder = pairOrder.flatMap { pairs[$0] }
    let axes = kernel.spatial.count
    func spatial(_ mode: [Int]) -> [Int] { kernel.spatial.indices.map { mode.contains($0) ? kernel.spatial[$0] : 1 } }
    func repeated(_ counts: [Int]) -> ChainFactor {
      ChainFactor(selecting: counts.enumerated().flatMap { Array(repeating: $0.offset, count: $0.element) }, axes: axes)
    }
    func depthwise(_ rows: Matrix, _ mode: [Int]) -> ChainFactor {
      ChainFactor(blocks: (0..<rows.rows).map { rows.rowSlice($0..<$0 + 1) }, spatial: spatial(mode))
    }
    let modes = CPLayout(separating: kernel).modeAxes
    var chain = [ChainFactor(blocks: [try line(of: heavy, groups)], spatial: spatial([]))]
    if k[1] > k[0] { chain.append(repeated(groups.map(\.count))) }
    chain.append(depthwise(try line(of: firsts, pairs).selectingRows(pairOrder), modes[0]))
    if k[2] > k[1] { chain.append(repeated(pairOrder.map { pairs[$0].count })) }
    for (place, mode) in modes.enumerated().dropFirst() {
      chain.append(depthwise(terms.spatial[place].selectingRows(termOrder), mode))
    }
    return chain + [ChainFactor(blocks: [terms.output.selectingColumns(termOrder)], spatial: spatial([]))]
  }

  private func clusters(_ rows: Matrix, _ count: Int, of most: Int, seed: UInt64) throws(AlgebraError) -> [[Int]] {
    try SubspaceClustering(rows: rows, clusters: count, dimension: 1, capacity: most).members(seed: seed)
  }

  /// The direction next to the rows of each cluster.
  private func line(of rows: Matrix, _ clusters: [[Int]]) throws(AlgebraError) -> Matrix {
    var result: [Double] = []
    for members in clusters { result += try SingularValueDecomposition(rows.selectingRows(members)).vt.rowSlice(0..<1).elements }
    return Matrix(result, rows: clusters.count, columns: rows.columns)
  }
}
