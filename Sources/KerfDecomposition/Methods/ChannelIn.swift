import KerfAlgebra

/// `C→K 1×1`, `K→N k…`: the input's channels compressed first.
///
/// Unfolding `[N·∏k × C]`; `filter` is its truncated SVD. MACs per output position `K(S·C + N·∏k)`, `S` the product of the strides.
///
/// - Reference: Denton et al., NIPS 2014, §3.3.
public struct ChannelInMethod: DecompositionMethod {
  public static let name = "channel-in"
  public static let summary = "C→K 1×1, K→N kh×kw"
  public static var truncatedSpectra: [String] { [name] }

  public init() {}

  public func applicability(to kernel: ConvolutionKernel) -> Applicability {
    kernel.taps > 1 ? .applicable : .inapplicable("a 1×1 kernel has one element a channel: use fc-svd")
  }

  private func split(_ kernel: ConvolutionKernel) -> AxisSplit { AxisSplit(kernel: kernel, innerAxes: []) }
  public func fullRank(for kernel: ConvolutionKernel) -> Rank { Rank(split(kernel).fullRank) }
  public func macsPerOutput(_ kernel: ConvolutionKernel, rank: Rank) -> Int { split(kernel).macsPerOutput(rank.values[0]) }
  public func parameters(_ kernel: ConvolutionKernel, rank: Rank) -> Int { split(kernel).parameters(rank.values[0]) }
  public func skeleton(of kernel: ConvolutionKernel, rank: Rank) -> [ConvolutionKernel] { split(kernel).skeleton(rank) }
  public func energies(of kernel: ConvolutionKernel) throws(DecompositionError) -> [Double]? {
    try split(kernel).energies(method: name)
  }

  public func solve(
    _ kernel: ConvolutionKernel, rank: Rank, criterion: Criterion, options: SolverOptions
  ) throws(DecompositionError) -> LayerForm {
    try split(kernel).form(rank: rank, criterion: criterion, options: options, method: name)
  }
}
