import KerfAlgebra

/// `W ≈ U·V` of a dense layer or a 1×1 convolution: `C→K`, `K→N`; a stride is taken by the first, the zeros of a transposed convolution by the last.
///
/// `filter` is the truncated SVD of `[N × C]`, the other criteria the reduced-rank regression. MACs per output position `K(C + N)`.
///
/// - Reference: Denton et al., NIPS 2014, §3.1; Girshick, ICCV 2015, §3.1.
public struct FullyConnectedMethod: DecompositionMethod {
  public static let name = "fc-svd"
  public static let summary = "C→K, K→N of a dense layer or a 1×1 convolution"
  public static var truncatedSpectra: [String] { [name] }

  public init() {}

  public func applicability(to kernel: ConvolutionKernel) -> Applicability {
    if kernel.taps == 1 { return .applicable }
    return .inapplicable("a kernel of \(kernel.spatial.map(String.init).joined(separator: "×")) is not a dense layer: use channel")
  }

  private func split(_ kernel: ConvolutionKernel) -> AxisSplit {
    AxisSplit(kernel: kernel, innerAxes: kernel.spatial.indices.filter { kernel.upsampling[$0] == 1 })
  }
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
