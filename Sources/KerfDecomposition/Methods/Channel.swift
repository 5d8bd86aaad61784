import KerfAlgebra

/// `C→K k…`, `K→N 1×1`: filters as linear combinations of `K` filters.
///
/// Unfolding `[N × C·∏k]`; `filter` is its truncated SVD, `data` and `asymmetric` the reduced-rank regression, both global optima.
/// MACs per output position `K(C·∏k + N)`.
///
/// - Reference: Denton et al., NIPS 2014, §3.3; Zhang et al., TPAMI 2016.
public struct ChannelMethod: SplitMethod {
  public static let name = "channel"
  public static let summary = "C→K kh×kw, K→N 1×1"
  public func truncatedSpectra(of kernel: ConvolutionKernel) -> [String] { [name] }

  public init() {}

  public func applicability(to kernel: ConvolutionKernel) -> Applicability {
    kernel.taps > 1 ? .applicable : .inapplicable("a 1×1 kernel has one element a channel: use fc-svd")
  }

  func split(_ kernel: ConvolutionKernel) -> AxisSplit { AxisSplit(kernel: kernel, innerAxes: Array(kernel.spatial.indices)) }
}
