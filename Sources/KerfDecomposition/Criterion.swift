/// What a factorization minimises.
///
/// With `W` the kernel unfolded to `[N/g × d]`, `d = C/g·∏k`, of one group, `Ŵ` its replacement and `Σ` the covariance of the
/// input patches, every criterion is `min ‖(T − Ŵ) Σ^{1/2}‖_F` for some target `T`.
public enum Criterion: Sendable {
  /// `T = W`, `Σ = I`: the kernel itself.
  case filter
  /// `T = W`, `Σ = cov(x)`: the response on calibration data.
  case data(Moments)
  /// `T = E[(y−ȳ)(x̂−mean)ᵀ] cov(x̂)⁻¹`: the *original* response `y` from the already compressed network's input `x̂`.
  ///
  /// - Reference: Zhang et al., *Accelerating Very Deep Convolutional Networks*, TPAMI 2016, §3.3.
  case asymmetric(Moments)

  public var name: String {
    switch self {
    case .filter: "filter"
    case .data: "data"
    case .asymmetric: "asymmetric"
    }
  }

  /// The moments used, `nil` for `filter`.
  public var moments: Moments? {
    switch self {
    case .filter: nil
    case .data(let moments), .asymmetric(let moments): moments
    }
  }
}
