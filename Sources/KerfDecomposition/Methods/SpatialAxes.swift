/// `C→K1 kd×1×1`, `K1→K2 1×kh×1`, `K2→N 1×1×kw`: a volume's kernel as three one-dimensional ones, in the order that costs least.
///
/// `W[n, c, z, y, x] ≈ Σ H[n, β, x] · V[β, α, y] · U[α, c, z]`, solved as `TrainLayout` says. MACs per output position in that order
/// `K1·C·kd·sh·sw + K1·K2·kh·sw + K2·N·kw`; `spatial` leaves two of the axes together.
///
/// - Reference: after Jaderberg et al., BMVC 2014, scheme 2, for three axes.
public struct SpatialAxesMethod: TrainMethod {
  public static let name = "spatial-axes"
  public static let summary = "C→K1 kd×1×1, K1→K2 1×kh×1, K2→N 1×1×kw of a volume, in the cheapest order"
  public static let rankCount = 2

  public init() {}

  public func applicability(to kernel: ConvolutionKernel) -> Applicability {
    switch kernel.extendedAxes.count {
    case 3: .applicable
    case 2: .inapplicable("the kernel has two spatial axes: spatial is the same form")
    default: .inapplicable("the kernel has no two spatial axes to separate")
    }
  }

  /// The cheapest order at equal ranks, the first of several.
  func layout(_ kernel: ConvolutionKernel) -> TrainLayout {
    let orders = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]]
    let layouts = orders.map { TrainLayout(kernel: kernel, axes: $0.map { [$0] }) }
    func cost(_ layout: TrainLayout) -> Int {
      LayerForm(method: name, rank: Rank(1, 1), factors: layout.skeleton(Rank(1, 1))).macsPerOutput
    }
    return layouts.min { cost($0) < cost($1) } ?? layouts[0]
  }
}
