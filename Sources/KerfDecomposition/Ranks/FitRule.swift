/// The smallest rank of a fit, `1 − ‖W − Ŵ‖/‖W‖` in per cent.
public struct FitRule: RankRule {
  public static let name = "fit"
  public static let summary = "the smallest rank that fits the kernel to so many per cent"
  public static let standard = 75.0
  public static let range = 1e-6...100.0
  private let fit: Double
  public init(_ value: Double) { fit = value }

  public func rank(of method: any DecompositionMethod, for kernel: ConvolutionKernel) throws(DecompositionError) -> Rank {
    let left = 1 - fit / 100
    return try method.rank(forEnergy: 1 - left * left, of: kernel)
  }
}
