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

extension LayerForm {
  /// Norm and sensitivity as shares of `‖W‖²`, of all groups together; `nil` for a form that is no canonical polyadic one.
  public func cpQuality(of kernel: ConvolutionKernel) -> CPQuality? {
    let layout: CPLayout
    switch method {
    case CPMethod.name: layout = CPLayout(separating: kernel)
    case CPSpatialMethod.name: layout = CPLayout(merging: kernel)
    default: return nil
    }
    guard let groups = layout.factors(of: self, method: method) else { return nil }
    let energy = (0..<kernel.groups).reduce(0) { $0 + kernel.unfolded(group: $1).squaredNorm }
    guard energy > 0, var sum = groups.first.map({ CPQuality($0.modes) }) else { return nil }
    for other in groups.dropFirst() {
      let quality = CPQuality(other.modes)
      sum.norm += quality.norm
      sum.sensitivity += quality.sensitivity
    }
    (sum.norm, sum.sensitivity) = (sum.norm / energy, sum.sensitivity / energy)
    return sum
  }
}
