import KerfAlgebra

/// `C→K 1×1`, depthwise `k…`, `K→N 1×1`: the canonical polyadic decomposition with the spatial modes merged.
///
/// `W[n, c, p] ≈ Σ_k P[n, k] U[k, c] D[k, p]`. MACs per output position `K(S·C + ∏k + N)`; fits better than `cp` at the same rank
/// where `∏k` is small.
public struct CPSpatialMethod: DecompositionMethod {
  public static let name = "cp-spatial"
  public static let summary = "C→K 1×1, depthwise kh×kw, K→N 1×1"
  public static let hasCPSolvers = true

  public init() {}

  public func applicability(to kernel: ConvolutionKernel) -> Applicability {
    kernel.taps > 1 ? .applicable : .inapplicable("a 1×1 kernel has no spatial mode: use fc-svd")
  }

  public func fullRank(for kernel: ConvolutionKernel) -> Rank { Rank(CPLayout(merging: kernel).fullRank) }
  public func macsPerOutput(_ kernel: ConvolutionKernel, rank: Rank) -> Int {
    CPLayout(merging: kernel).macsPerOutput(rank.values[0])
  }
  public func parameters(_ kernel: ConvolutionKernel, rank: Rank) -> Int {
    CPLayout(merging: kernel).parameters(rank.values[0])
  }
  public func skeleton(of kernel: ConvolutionKernel, rank: Rank) -> [ConvolutionKernel] {
    CPLayout(merging: kernel).skeleton(rank)
  }
  public func energies(of kernel: ConvolutionKernel) throws(DecompositionError) -> [Double]? { nil }

  public func solve(
    _ kernel: ConvolutionKernel, rank: Rank, criterion: Criterion, options: SolverOptions
  ) throws(DecompositionError) -> LayerForm {
    try CPLayout(merging: kernel).form(rank: rank, criterion: criterion, options: options, method: name)
  }
}
