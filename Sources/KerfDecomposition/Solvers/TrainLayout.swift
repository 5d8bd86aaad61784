import KerfAlgebra

/// A chain of convolutions, each over its own axes, that together span the kernel: `C→K1`, `K1→K2`, …, `→N`.
///
/// `filter`: truncated SVDs of the unfoldings one after another, within `√(F − 1)` of the optimum for `F` factors, then alternating least squares; with
/// data these in the metric of the patches.
///
/// - Reference: Oseledets, SIAM J. Sci. Comput. 2011.
struct TrainLayout {
  let kernel: ConvolutionKernel
  /// The axes of each factor, every axis in one of them.
  let axes: [[Int]]

  private func taps(_ place: Int) -> Int { axes[place].reduce(1) { $0 * kernel.spatial[$1] } }

  /// `K_j ≤ min(K_{j−1}·taps_j, taps after it·N)`, `K_0 = C`, of one group.
  var fullRank: Rank {
    var (ranks, last, rest) = ([Int](), kernel.inputsPerGroup, kernel.taps * kernel.outputsPerGroup)
    for place in axes.indices.dropLast() {
      rest /= taps(place)
      last = min(last * taps(place), rest)
      ranks.append(last)
    }
    return Rank(ranks)
  }

  /// The chain's factors with weights 0.
  func skeleton(_ rank: Rank) -> [ConvolutionKernel] {
    let g = kernel.groups
    return axes.indices.map { place in
      let isLast = place == axes.count - 1
      return kernel.blankFactor(
        outputs: isLast ? kernel.outputs : rank.values[place] * g,
        inputsPerGroup: place == 0 ? kernel.inputsPerGroup : rank.values[place - 1], groups: g, carrying: axes[place],
        bias: isLast ? kernel.blankBias : nil)
    }
  }

  func form(
    rank: Rank, criterion: Criterion, options: SolverOptions, method: String
  ) throws(DecompositionError) -> LayerForm {
    let objectives = try Objective.groups(of: kernel, criterion: criterion, options: options, method: method)
    let skeleton = skeleton(rank)
    let chains = try withMethod(method) { () throws(AlgebraError) in
      var result: [[ChainFactor]] = []
      for (group, objective) in objectives.enumerated() {
        let problem = ChainProblem(objective: objective, channels: kernel.inputsPerGroup)
        let smaller = options.warmStart.flatMap { form in
          form.method == method ? ChainFactor.padded(form, like: skeleton, group: group, of: kernel.groups) : nil
        }
        result.append(problem.improve(try successive(objective.target, rank), or: smaller, options: options))
      }
      return result
    }
    return LayerForm(method: method, rank: rank, chains: chains, like: skeleton)
  }

  /// Truncated SVDs of the unfoldings `(K_{j−1}·taps_j) × (…)`, what is on the right handed on.
  private func successive(_ target: Matrix, _ rank: Rank) throws(AlgebraError) -> [ChainFactor] {
    let (n, c) = (kernel.outputsPerGroup, kernel.inputsPerGroup)
    // [n, c, spatial…] → [c, axes of the first factor, of the second, …, n].
    let tensor = DenseTensor(target.elements, shape: [n, c] + kernel.spatial).permuted([1] + axes.joined().map { $0 + 2 } + [0])
    var (rest, inputs) = (Matrix(tensor.elements, rows: c, columns: kernel.taps * n), c)
    var factors: [ChainFactor] = []
    for place in axes.indices {
      let rows = inputs * taps(place)
      var block = rest.reshaped(rows, rest.elements.count / rows)
      if place < axes.count - 1 {
        inputs = rank.values[place]
        (block, rest) = try truncated(block, inputs)
      }
      let spatial = kernel.spatial.indices.map { axes[place].contains($0) ? kernel.spatial[$0] : 1 }
      factors.append(ChainFactor(blocks: [block.transposed], spatial: spatial))
    }
    return factors
  }

  /// `A ≈ U·(S Vᵀ)` of a rank; zeros where that is above the matrix's own.
  private func truncated(_ a: Matrix, _ rank: Int) throws(AlgebraError) -> (left: Matrix, right: Matrix) {
    let svd = try SingularValueDecomposition(a)
    let kept = min(rank, svd.values.count)
    var left = Matrix.zeros(a.rows, rank)
    for row in 0..<a.rows { for column in 0..<kept { left[row, column] = svd.u[row, column] } }
    let right = svd.vt.rowSlice(0..<kept).scalingRows(Array(svd.values[..<kept])).elements
    let zeros = [Double](repeating: 0, count: (rank - kept) * a.columns)
    return (left, Matrix(right + zeros, rows: rank, columns: a.columns))
  }
}

/// A form that is a chain of convolutions over given axes: what it has beside its layout is the same for all.
protocol TrainMethod: DecompositionMethod {
  func layout(_ kernel: ConvolutionKernel) -> TrainLayout
}

extension TrainMethod {
  public func fullRank(for kernel: ConvolutionKernel) -> Rank { layout(kernel).fullRank }
  public func skeleton(of kernel: ConvolutionKernel, rank: Rank) -> [ConvolutionKernel] { layout(kernel).skeleton(rank) }

  /// The ranks in the proportions of the full rank, the largest one in steps of `step`.
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
    try layout(kernel).form(rank: rank, criterion: criterion, options: options, method: name)
  }
}
