import KerfAlgebra

/// `C→K1 1×1`, `K1→K2 kh×1`, `K2→K3 1×kw`, `K3→N 1×1`: the tensor-train of the kernel.
///
/// `W[n, c, y, x] ≈ Σ A[n, γ] · H[γ, β, x] · V[β, α, y] · U[α, c]`. `filter`: three truncated SVDs one after another, within `√3` of the optimum,
/// then alternating least squares; with data these in the metric of the patches. MACs per output position
/// `S·C·K1 + sw·K1·K2·kh + K2·K3·kw + K3·N`.
///
/// - Reference: Oseledets, SIAM J. Sci. Comput. 2011; Garipov et al. 2016.
public struct TensorTrainMethod: DecompositionMethod {
  public static let name = "tensor-train"
  public static let summary = "C→K1 1×1, K1→K2 kh×1, K2→K3 1×kw, K3→N 1×1"
  public static let rankCount = 3

  public init() {}

  public func applicability(to kernel: ConvolutionKernel) -> Applicability {
    switch kernel.extendedAxes.count {
    case 0: .inapplicable("a 1×1 kernel has no spatial mode: use fc-svd")
    case 1: .inapplicable("the kernel has one spatial mode only: tucker2 is the same form")
    default: .applicable
    }
  }

  /// The first extended axis (with those that are 1 wide, for their stride), and the others.
  private func axes(_ kernel: ConvolutionKernel) -> (first: [Int], others: [Int]) {
    let first = kernel.extendedAxes[0]
    let thin = kernel.spatial.indices.filter { kernel.spatial[$0] == 1 }
    return (([first] + thin).sorted(), kernel.extendedAxes.filter { $0 != first })
  }

  private func extents(_ kernel: ConvolutionKernel) -> (first: Int, others: Int) {
    let (first, others) = axes(kernel)
    return (first.reduce(1) { $0 * kernel.spatial[$1] }, others.reduce(1) { $0 * kernel.spatial[$1] })
  }

  /// `K1 ≤ min(C, kh·kw·N)`, `K2 ≤ min(K1·kh, kw·N)`, `K3 ≤ min(K2·kw, N)`, of one group.
  public func fullRank(for kernel: ConvolutionKernel) -> Rank {
    let (n, c, (h, w)) = (kernel.outputsPerGroup, kernel.inputsPerGroup, extents(kernel))
    let k1 = min(c, h * w * n)
    let k2 = min(k1 * h, w * n)
    return Rank(k1, k2, min(k2 * w, n))
  }

  public func skeleton(of kernel: ConvolutionKernel, rank: Rank) -> [ConvolutionKernel] {
    let (k, g, axes) = (rank.values, kernel.groups, axes(kernel))
    return [
      kernel.blankFactor(outputs: k[0] * g, inputsPerGroup: kernel.inputsPerGroup, groups: g, carrying: []),
      kernel.blankFactor(outputs: k[1] * g, inputsPerGroup: k[0], groups: g, carrying: axes.first),
      kernel.blankFactor(outputs: k[2] * g, inputsPerGroup: k[1], groups: g, carrying: axes.others),
      kernel.blankFactor(outputs: kernel.outputs, inputsPerGroup: k[2], groups: g, carrying: [], bias: kernel.blankBias),
    ]
  }

  /// `K1 : K2 : K3` as in the full rank, the largest one in steps of `step`.
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
    let objectives = try Objective.groups(of: kernel, criterion: criterion, options: options, method: name)
    let chains = try withMethod(name) { () throws(AlgebraError) in
      var result: [[ChainFactor]] = []
      for (group, objective) in objectives.enumerated() {
        let problem = ChainProblem(objective: objective, channels: kernel.inputsPerGroup)
        let smaller = options.warmStart.flatMap { form in
          form.method == name ? ChainFactor.padded(form, like: skeleton(of: kernel, rank: rank), group: group, of: kernel.groups) : nil
        }
        let starts = [try successive(kernel, objective.target, rank)] + (smaller.map { [$0] } ?? [])
        let best = starts.map { ($0, problem.value($0)) }.min { $0.1 < $1.1 }?.0 ?? starts[0]
        result.append(problem.improve(best, options: options))
      }
      return result
    }
    return LayerForm(method: name, rank: rank, chains: chains, like: skeleton(of: kernel, rank: rank))
  }

  /// Truncated SVDs of the unfoldings `C × (…)`, `(K1·kh) × (…)`, `(K2·kw) × N`, what is on the right handed on.
  private func successive(_ kernel: ConvolutionKernel, _ target: Matrix, _ rank: Rank) throws(AlgebraError) -> [ChainFactor] {
    let (n, c, (h, w), k) = (kernel.outputsPerGroup, kernel.inputsPerGroup, extents(kernel), rank.values)
    let (first, others) = axes(kernel)
    // [n, c, spatial…] → [c, first axes, others, n].
    let tensor = DenseTensor(target.elements, shape: [n, c] + kernel.spatial)
      .permuted([1] + first.map { $0 + 2 } + others.map { $0 + 2 } + [0])
    let (u, second) = try truncated(Matrix(tensor.elements, rows: c, columns: h * w * n), k[0])  // [c × K1]
    let (v, third) = try truncated(second.reshaped(k[0] * h, w * n), k[1])  // [(K1, h) × K2]
    let (x, a) = try truncated(third.reshaped(k[1] * w, n), k[2])  // [(K2, w) × K3], [K3 × n]
    func spatial(_ axes: [Int]) -> [Int] { kernel.spatial.indices.map { axes.contains($0) ? kernel.spatial[$0] : 1 } }
    let one = kernel.spatial.map { _ in 1 }
    return [
      ChainFactor(blocks: [u.transposed], spatial: one), ChainFactor(blocks: [v.transposed], spatial: spatial(first)),
      ChainFactor(blocks: [x.transposed], spatial: spatial(others)), ChainFactor(blocks: [a.transposed], spatial: one),
    ]
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
