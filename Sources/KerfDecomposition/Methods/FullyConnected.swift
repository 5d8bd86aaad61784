import KerfAlgebra

/// `W ≈ U·V` of a dense layer or a 1×1 convolution: `C→K`, `K→N`; a stride is taken by the first, the zeros of a transposed convolution by the last.
///
/// `filter` is the truncated SVD of `[N × C]`, the other criteria the reduced-rank regression. MACs per output position `K(C + N)`.
///
/// - Reference: Denton et al., NIPS 2014, §3.1; Girshick, ICCV 2015, §3.1.
public struct FullyConnectedMethod: SplitMethod {
  public static let name = "fc-svd"
  public static let summary = "C→K, K→N of a dense layer or a 1×1 convolution"
  public func truncatedSpectra(of kernel: ConvolutionKernel) -> [String] { [name] }

  public init() {}

  public func applicability(to kernel: ConvolutionKernel) -> Applicability {
    if kernel.taps == 1 { return .applicable }
    return .inapplicable("a kernel of \(kernel.spatial.map(String.init).joined(separator: "×")) is not a dense layer: use channel")
  }

  func split(_ kernel: ConvolutionKernel) -> AxisSplit {
    AxisSplit(kernel: kernel, innerAxes: kernel.spatial.indices.filter { kernel.upsampling[$0] == 1 })
  }
}
