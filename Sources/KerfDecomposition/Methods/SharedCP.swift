import KerfAlgebra

/// `cp` whose terms draw their vectors from smaller collections: `K1` distinct 1×1 responses, of each `K2/K1` distinct ones along the first axis, of each
/// `K/K2` terms.
///
/// `W[n, c, y, x] ≈ Σ_k P[n, k] U[i(k), c] V[j(k), y] H[k, x]`. From a rank-`K` CP: k-means of the input vectors' directions (clusters of equal size,
/// `SubspaceClustering`), then of the first axis's inside each, then least squares: the last factor first, then all in turn. A shared response is computed once:
/// the depthwise factors have more outputs than inputs, and the terms stand in the order that this needs, so that nothing has to be moved. `K1` divides `K2`,
/// `K2` divides `K`. MACs per output position at stride 1 `C·K1 + kh·K2 + kw·K + N·K`.
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
    if k[2] > full { return "rank \(rank): \(k[2]) terms, not 1...\(full)," }
    return k[1].isMultiple(of: k[0]) && k[2].isMultiple(of: k[1]) ? nil : "rank \(rank): each number must divide the next one,"
  }

  /// One 1×1 response for every four terms, one along the first axis for every two.
  public func rankLadder(for kernel: ConvolutionKernel, step: Int) -> [Rank] {
    let full = fullRank(for: kernel).values[2]
    return stride(from: step, through: full / 4, by: step).map { Rank($0, 2 * $0, 4 * $0) }
  }

  public func skeleton(of kernel: ConvolutionKernel, rank: Rank) -> [ConvolutionKernel] {
    let (k, g, axes) = (rank.values, kernel.groups, CPLayout(separating: kernel).modeAxes)
    var width = k[0]
    var factors = [kernel.blankFactor(outputs: width * g, inputsPerGroup: kernel.inputsPerGroup, groups: g, carrying: [])]
    for (place, mode) in axes.enumerated() {
      let next = place == 0 ? k[1] : k[2]
      factors.append(kernel.blankFactor(outputs: next * g, inputsPerGroup: 1, groups: width * g, carrying: mode))
      width = next
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
        let own = try shared(terms, kernel, rank.values, seed: options.seed)
        let starts = [problem.refit(own)] + (smaller.map { [$0] } ?? [])
        let best = starts.map { ($0, problem.value($0)) }.min { $0.1 < $1.1 }?.0 ?? own
        result.append(problem.improve(best, options: options))
      }
      return result
    }
    return LayerForm(method: name, rank: rank, chains: chains, like: shapes)
  }

  /// The terms' vectors replaced by those of their clusters.
  private func shared(_ terms: CPFactors, _ kernel: ConvolutionKernel, _ k: [Int], seed: UInt64) throws(AlgebraError) -> [ChainFactor] {
    var terms = terms
    terms.normalize()
    let axes = CPLayout(separating: kernel).modeAxes
    func spatial(_ axes: [Int]) -> [Int] { kernel.spatial.indices.map { axes.contains($0) ? kernel.spatial[$0] : 1 } }
    // A term counts as much as it has energy.
    let output = terms.output.transposed
    let weights = (0..<k[2]).map { output.rowSlice($0..<$0 + 1).norm }
    /// Some terms in so many clusters by their vectors of one mode, and each cluster's vector.
    func cut(_ members: [Int], _ vectors: Matrix, _ clusters: Int) throws(AlgebraError) -> [(members: [Int], vector: Matrix)] {
      let own = vectors.selectingRows(members).scalingRows(members.map { weights[$0] })
      let order = try SubspaceClustering(rows: own, clusters: clusters, dimension: 1).order(seed: seed)
      let size = members.count / clusters
      var result: [(members: [Int], vector: Matrix)] = []
      for cluster in 0..<clusters {
        let places = Array(order[cluster * size..<(cluster + 1) * size])
        let vector =
          size == 1
          ? vectors.selectingRows([members[places[0]]]) : try SingularValueDecomposition(own.selectingRows(places)).vt.rowSlice(0..<1)
        result.append((places.map { members[$0] }, vector))
      }
      return result
    }
    var (input, first, order): ([Matrix], [Matrix], [Int]) = ([], [], [])
    for outer in try cut(Array(0..<k[2]), terms.input, k[0]) {
      input.append(outer.vector)
      for inner in try cut(outer.members, terms.spatial[0], k[1] / k[0]) {
        first.append(inner.vector)
        order += inner.members
      }
    }
    func grouped(_ rows: [Matrix], in blocks: Int) -> [Matrix] {
      let each = rows.count / blocks
      return (0..<blocks).map { block in
        Matrix(rows[block * each..<(block + 1) * each].flatMap(\.elements), rows: each, columns: rows[0].columns)
      }
    }
    var chain = [
      ChainFactor(blocks: grouped(input, in: 1), spatial: spatial([])),
      ChainFactor(blocks: grouped(first, in: k[0]), spatial: spatial(axes[0])),
    ]
    for (place, mode) in axes.enumerated().dropFirst() {
      let rows = order.map { terms.spatial[place].rowSlice($0..<$0 + 1) }
      chain.append(ChainFactor(blocks: grouped(rows, in: place == 1 ? k[1] : k[2]), spatial: spatial(mode)))
    }
    return chain + [ChainFactor(blocks: [terms.output.selectingColumns(order)], spatial: spatial([]))]
  }
}
