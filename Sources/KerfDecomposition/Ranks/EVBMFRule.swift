/// What variational Bayes takes for signal in the unfolding; the number weakens it: `R = R_max − f·(R_max − R_evbmf)`.
public struct EVBMFRule: RankRule {
  public static let name = "evbmf"
  public static let summary =
    "the singular values that stand out of noise by variational Bayes; its number, at most 1, takes the rank part of the way"
  public static let standard = 1.0
  public static let range = 0.0...1.0
  private let weakening: Double
  public init(_ value: Double) { weakening = value }

  public func rank(of method: any DecompositionMethod, for kernel: ConvolutionKernel) throws(DecompositionError) -> Rank {
    let spectra = try method.spectra(of: kernel, rule: Self.name)
    let full = method.fullRank(for: kernel).values
    return Rank(
      zip(spectra, full).map { spectrum, most in
        let found = EVBMF(singularValues: spectrum.values, rows: spectrum.shape[0], columns: spectrum.shape[1]).rank
        return min(most, max(1, most - Int((weakening * Double(most - found)).rounded())))
      })
  }
}
