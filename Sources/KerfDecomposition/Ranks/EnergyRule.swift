/// The smallest rank that keeps a share of the kernel's energy.
public struct EnergyRule: RankRule {
  public static let name = "energy"
  public static let summary = "the smallest rank that keeps a share of the kernel's energy"
  public static let standard = 0.95
  public static let range = 1e-9...1.0
  private let share: Double
  public init(_ value: Double) { share = value }

  public func rank(of method: any DecompositionMethod, for kernel: ConvolutionKernel) throws(DecompositionError) -> Rank {
    try method.rank(forEnergy: share, of: kernel)
  }
}
