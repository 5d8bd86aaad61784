import KerfAlgebra

/// `C→K 1×1`, `K→N k…`: the input's channels compressed first.
///
/// Unfolding `[N·∏k × C]`; `filter` is its truncated SVD. MACs per output position `K(S·C + N·∏k)`, `S` the product of the strides.
///
/// - Reference: Denton et al., NIPS 2014, §3.3.
public struct ChannelInMethod: SplitMethod {
  public static let name = "channel-in"
  public static let summary = "C→K 1×1, K→N kh×kw"
  public func truncatedSpectra(of kernel: ConvolutionKernel) -> [String] { [name] }

  public init() {}

  public func applicability(to kernel: ConvolutionKernel) -> Applicability {
    kernel.taps > 1 ? .applicable : .inapplicable("a 1×1 kernel has one element a channel: use fc-svd")
  }

  func split(_ kernel: ConvolutionKernel) -> AxisSplit { AxisSplit(kernel: kernel, innerAxes: []) }
}
