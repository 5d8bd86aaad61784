import KerfAlgebra

/// `C→C' 1×1`, then every filter reads one of the `C'` colours; for first layers, whose channels are few.
///
/// `W[n, c, p] ≈ a_{j(n)}[c] · s_n[p]`: the filters in `C'` clusters of equal size, each with the colour `a_j` that its filters share best, found in turn
/// (clusters of one-dimensional subspaces; a filter's own colour is the first singular vector of `W_n [C × ∏k]`, and `s_n = a_jᵀ W_n / ‖a_j‖²`); with data, alternating weighted
/// least squares from there. The spatial convolution has a group a colour; where there are several of several filters, a selection puts the `N` channels back in order. MACs per output position
/// `S·C·C' + N·∏k`. `C'` divides `N`.
///
/// - Reference: Denton et al., NIPS 2014, §3.3 and §5.1.1.
public struct MonochromaticMethod: DecompositionMethod {
  public static let name = "monochromatic"
  public static let summary = "C→C' 1×1, then each filter reads one colour: kh×kw in C' groups"
  public static let isExactAtFullRank = false
  /// Where channels are many, a filter that reads one mixture of them keeps too little.
  private static let mostChannels = 4

  public init() {}

  public func applicability(to kernel: ConvolutionKernel) -> Applicability {
    if kernel.taps == 1 { return .inapplicable("a 1×1 kernel has no spatial part") }
    let c = kernel.inputsPerGroup
    if c == 1 { return .inapplicable("the kernel reads one channel: it is monochromatic already") }
    return c <= Self.mostChannels ? .applicable : .inapplicable("for first layers: a filter of \(c) channels is not one colour")
  }

  public func fullRank(for kernel: ConvolutionKernel) -> Rank { Rank(kernel.outputsPerGroup) }

  public func refusal(of rank: Rank, for kernel: ConvolutionKernel) -> String? {
    let (k, n) = (rank.values[0], kernel.outputsPerGroup)
    return n.isMultiple(of: k) ? nil : "\(k) colours, rank \(rank), do not share \(n) filters evenly"
  }

  /// Each number divides the next one, so that clusters are only ever split.
  public func rankLadder(for kernel: ConvolutionKernel, step: Int) -> [Rank] {
    let primes = kernel.outputsPerGroup.primeFactors
    return primes.indices.map { Rank(primes[$0...].reduce(1, *)) }.reversed()
  }

  public func skeleton(of kernel: ConvolutionKernel, rank: Rank) -> [ConvolutionKernel] {
    let (k, g, n) = (rank.values[0], kernel.groups, kernel.outputsPerGroup)
    let factors = [
      kernel.blankFactor(outputs: k * g, inputsPerGroup: kernel.inputsPerGroup, groups: g, carrying: []),
      kernel.blankFactor(
        outputs: kernel.outputs, inputsPerGroup: 1, groups: k * g, carrying: Array(kernel.spatial.indices), bias: kernel.blankBias),
    ]
    if k == 1 || k == n { return factors }
    return factors + [kernel.interleaved(clusters: k, channels: kernel.outputs)]
  }

  public func energies(of kernel: ConvolutionKernel) throws(DecompositionError) -> [Double]? { nil }

  public func solve(
    _ kernel: ConvolutionKernel, rank: Rank, criterion: Criterion, options: SolverOptions
  ) throws(DecompositionError) -> LayerForm {
    let objectives = try Objective.groups(of: kernel, criterion: criterion, options: options, method: name)
    let chains = try withMethod(name) { () throws(AlgebraError) in
      var result: [[ChainFactor]] = []
      for (group, objective) in objectives.enumerated() {
        let problem = ChainProblem(objective: objective, channels: kernel.inputsPerGroup)
        let start = try clustered(kernel, objective.target, rank.values[0], seed: options.seed)
        let smaller = options.warmStart.flatMap { split($0, of: kernel, rank.values[0], group: group) }
        result.append(problem.improve(start, or: smaller, options: options))
      }
      return result
    }
    return LayerForm(method: name, rank: rank, chains: chains, like: skeleton(of: kernel, rank: rank))
  }

  private func clustered(_ kernel: ConvolutionKernel, _ target: Matrix, _ k: Int, seed: UInt64) throws(AlgebraError) -> [ChainFactor] {
    let (n, c, taps) = (target.rows, kernel.inputsPerGroup, kernel.taps)
    // A filter's rows are its taps, [(n, p) × c].
    let rows = Matrix(DenseTensor(target.elements, shape: [n, c, taps]).permuted([0, 2, 1]).elements, rows: n * taps, columns: c)
    let order = try SubspaceClustering(rows: rows, rowsPerItem: taps, clusters: k, dimension: 1).order(seed: seed)
    var (colours, filters): ([Double], [Matrix]) = ([], [])
    for cluster in 0..<k {
      let members = order[cluster * n / k..<(cluster + 1) * n / k]
      let own = rows.selectingRows(members.flatMap { Array($0 * taps..<($0 + 1) * taps) })
      let colour = try SingularValueDecomposition(own).vt.rowSlice(0..<1)
      colours += colour.elements
      filters.append(own.timesTransposed(colour).reshaped(members.count, taps))
    }
    return chain(kernel, Matrix(colours, rows: k, columns: c), filters, order)
  }

  private func chain(_ kernel: ConvolutionKernel, _ colours: Matrix, _ filters: [Matrix], _ order: [Int]) -> [ChainFactor] {
    let axes = kernel.spatial.count
    var places = order
    for (place, filter) in order.enumerated() { places[filter] = place }
    let factors = [
      ChainFactor(blocks: [colours], spatial: kernel.spatial.map { _ in 1 }), ChainFactor(blocks: filters, spatial: kernel.spatial),
    ]
    return filters.count == 1 || filters.count == order.count ? factors : factors + [ChainFactor(selecting: places, axes: axes)]
  }

  /// A form of fewer colours with each of its clusters in equal parts; `nil` if it does not fit.
  private func split(_ form: LayerForm, of kernel: ConvolutionKernel, _ k: Int, group: Int) -> [ChainFactor]? {
    guard form.method == name, let old = form.rank.values.first, k.isMultiple(of: old), form.factors.count >= 2,
      form.factors[0].inputs == kernel.inputs, form.factors[1].outputs == kernel.outputs
    else { return nil }
    let n = kernel.outputsPerGroup
    let parts = form.factors.map { ChainFactor($0, group: group, of: kernel.groups) }
    var order = Array(0..<n)
    if parts.count > 2 { for (filter, place) in (parts[2].selection ?? []).enumerated() { order[place] = filter } }
    var filters = parts[1].stacked
    if k == n {
      // One filter a colour: nothing to put in order any more.
      filters = filters.selectingRows(parts.count > 2 ? parts[2].selection ?? order : order)
    }
    let colours = (0..<k).map { j in k == n ? order.firstIndex(of: j).map { $0 * old / n } ?? 0 : j * old / k }
    return chain(
      kernel, parts[0].blocks[0].selectingRows(colours), (0..<k).map { filters.rowSlice($0 * n / k..<($0 + 1) * n / k) },
      k == n ? Array(0..<n) : order)
  }
}

extension Int {
  /// Ascending, with repetition; none of 1.
  var primeFactors: [Int] {
    var (rest, factors, divisor) = (self, [Int](), 2)
    while divisor * divisor <= rest {
      while rest.isMultiple(of: divisor) {
        factors.append(divisor)
        rest /= divisor
      }
      divisor += 1
    }
    return rest > 1 ? factors + [rest] : factors
  }
}

extension ConvolutionKernel {
  /// A selection as between clusters of channels, for skeletons: every neighbour from another cluster.
  func interleaved(clusters: Int, channels: Int) -> ConvolutionKernel {
    let size = channels / clusters
    return ConvolutionKernel(
      selecting: (0..<channels).map { $0 % clusters * size + $0 / clusters }, of: channels, axes: spatial.count)
  }
}
