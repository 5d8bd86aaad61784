import KerfAlgebra

/// `C→K 1×1`, a depthwise `k` along each axis, `K→N 1×1`: the canonical polyadic decomposition of the kernel.
///
/// `W[n, c, y, x] ≈ Σ_k P[n, k] U[k, c] V[k, y] H[k, x]`. MACs per output position `K(S·C + sw·kh + kw + N)`. Full rank, the product
/// of all mode sizes but the largest, is constructed; lower ranks by one of `CPSolverRegistry`.
///
/// - Reference: Lebedev et al., ICLR 2015; Denton et al., NIPS 2014, §3.1.
public struct CPMethod: CPFormMethod {
  public static let name = "cp"
  public static let summary = "C→K 1×1, depthwise kh×1, depthwise 1×kw, K→N 1×1"

  public init() {}

  public func applicability(to kernel: ConvolutionKernel) -> Applicability {
    switch kernel.extendedAxes.count {
    case 0: .inapplicable("a 1×1 kernel has no spatial mode: use fc-svd")
    case 1: .inapplicable("the kernel has one spatial mode only: cp-spatial is the same form")
    default: .applicable
    }
  }

  func layout(_ kernel: ConvolutionKernel) -> CPLayout { CPLayout(separating: kernel) }
}
