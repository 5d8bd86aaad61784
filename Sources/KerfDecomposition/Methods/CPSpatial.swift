import KerfAlgebra

/// `C→K 1×1`, depthwise `k…`, `K→N 1×1`: the canonical polyadic decomposition with the spatial modes merged.
///
/// `W[n, c, p] ≈ Σ_k P[n, k] U[k, c] D[k, p]`. MACs per output position `K(S·C + ∏k + N)`; fits better than `cp` at the same rank
/// where `∏k` is small.
public struct CPSpatialMethod: CPFormMethod {
  public static let name = "cp-spatial"
  public static let summary = "C→K 1×1, depthwise kh×kw, K→N 1×1"

  public init() {}

  public func applicability(to kernel: ConvolutionKernel) -> Applicability {
    kernel.taps > 1 ? .applicable : .inapplicable("a 1×1 kernel has no spatial mode: use fc-svd")
  }

  func layout(_ kernel: ConvolutionKernel) -> CPLayout { CPLayout(merging: kernel) }
}
