/// What a factorization minimises.
///
/// With `W` the kernel unfolded to `[N/g × d]`, `d = C/g·∏k`, of one group, `Ŵ` its replacement and `Σ` the covariance of the
/// input patches, every criterion is `min ‖D^{1/2} (T − Ŵ) Σ^{1/2}‖_F` for some target `T` and weights `D` of the outputs; `nonlinear` is a
/// sequence of such problems.
public struct Criterion: Sendable {
  public let name: String
  /// The moments used, `nil` for `filter`.
  public let moments: Moments?
  /// `λ`: the metric is `Σ + λ·(tr Σ/d)·I`.
  let filterShare: Double
  /// `D [N]`, `nil`: all 1.
  let outputWeights: [Double]?
  let rectified: RectifiedResponse?

  private init(
    _ name: String, _ moments: Moments?, filterShare: Double = 0, outputWeights: [Double]? = nil, rectified: RectifiedResponse? = nil
  ) {
    self.name = name
    self.moments = moments
    self.filterShare = filterShare
    self.outputWeights = outputWeights
    self.rectified = rectified
  }

  /// `T = W`, `Σ = I`: the kernel itself.
  public static let filter = Criterion("filter", nil)

  /// `T = W`, `Σ = cov(x)`: the response on calibration data; moments that hold cross covariances make it `asymmetric`.
  public static func data(_ moments: Moments) -> Criterion { Criterion("data", moments) }

  /// The kernel and the response together: `min E‖(W − Ŵ)(x − x̄)‖² + λ·(tr Σ/d)·‖W − Ŵ‖_F²`; `data` at `λ = 0`, `filter` as `λ → ∞`.
  ///
  /// - Reference: after Jaderberg et al., *Speeding up Convolutional Neural Networks with Low Rank Expansions*, BMVC 2014, §2.
  public static func joint(_ moments: Moments, filterShare: Double) -> Criterion {
    Criterion("joint", moments, filterShare: filterShare)
  }

  /// `T = E[(y−ȳ)(x̂−mean)ᵀ] cov(x̂)⁻¹`: the *original* response `y` from the already compressed network's input `x̂`.
  ///
  /// - Reference: Zhang et al., *Accelerating Very Deep Convolutional Networks*, TPAMI 2016, §3.3.
  public static func asymmetric(_ moments: Moments) -> Criterion { Criterion("asymmetric", moments) }

  /// `min E‖r(y) − r(Ŵx̂ + b̂)‖²`: the response as it is after the rectifier `r` that follows the layer; see `RectifiedFit`.
  ///
  /// - Reference: Zhang et al., TPAMI 2016, §3.2–3.3.
  public static func nonlinear(_ moments: Moments, _ rectified: RectifiedResponse) -> Criterion {
    Criterion("nonlinear", moments, rectified: rectified)
  }

  /// `D` weights the outputs by how much what comes after them reacts; the rest as `data` or `asymmetric`, by the moments.
  ///
  /// - Parameter weights: `D [N]`, positive.
  /// - Reference: after Denton et al., NIPS 2014, §3.2.1, with the reaction of the layers that read the response in place of the loss's gradient.
  public static func mahalanobis(_ moments: Moments, weights: [Double]) -> Criterion {
    Criterion("mahalanobis", moments, outputWeights: weights)
  }
}
