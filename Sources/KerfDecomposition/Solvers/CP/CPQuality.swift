import KerfAlgebra

/// Two different quantities of a canonical polyadic decomposition that tell how well it bears training and 8 bits.
public struct CPQuality: Sendable, Equatable {
  /// `Σ_k ‖term_k‖²`: far above the tensor's own energy where terms cancel each other.
  public var norm: Double
  /// `Σ_m I_m tr(⊛_{q≠m} A_q A_qᵀ)`: the mean square change of the tensor for unit noise on every element of the factors.
  public var sensitivity: Double

  /// - Parameter sizes: `I_m`, where the factors are those of a tensor compressed to orthonormal bases; else their own.
  init(_ modes: [Matrix], sizes: [Int]? = nil) {
    let grams = modes.map { $0.timesTransposed($0) }
    let sizes = sizes ?? modes.map(\.columns)
    norm = CPFactors.gram(grams).trace
    sensitivity = modes.indices.reduce(0) { $0 + Double(sizes[$1]) * CPFactors.gram(grams, except: [$1]).trace }
  }
}
