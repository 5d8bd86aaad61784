/// `C→K1 1×1`, `K1→K2 kh×1`, `K2→K3 1×kw`, `K3→N 1×1`: the tensor-train of the kernel.
///
/// `W[n, c, y, x] ≈ Σ A[n, γ] · H[γ, β, x] · V[β, α, y] · U[α, c]`, solved as `TrainLayout` says. MACs per output position
/// `S·C·K1 + sw·K1·K2·kh + K2·K3·kw + K3·N`.
///
/// - Reference: Oseledets, SIAM J. Sci. Comput. 2011; Garipov et al. 2016.
public struct TensorTrainMethod: TrainMethod {
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

  /// The first extended axis (with those that are 1 wide, for their stride), then the others.
  func layout(_ kernel: ConvolutionKernel) -> TrainLayout {
    let others = Array(kernel.extendedAxes.dropFirst())
    return TrainLayout(kernel: kernel, axes: [[], kernel.spatial.indices.filter { !others.contains($0) }, others, []])
  }
}
