import KerfAlgebra

extension LayerForm {
  /// The dense kernel `[N, C/g, k…]` that the chain amounts to, in double precision, one matrix `[N/g × C/g·∏k]` a group.
  ///
  /// Composing factor `f` after the product `R` of those before it: `R'[o, c, k] = Σ_m f[o, m, k_f] · R[m, c, k_R]`, where along
  /// every axis at most one of the two is more than 1 wide.
  ///
  /// - Parameter groups: groups of the layer replaced.
  public func reconstructedUnfoldings(groups: Int) -> [Matrix] {
    (0..<groups).map { group in
      guard let first = factors.first else { return .zeros(0, 0) }
      let channels = first.inputs / groups
      var extents = [Int](repeating: 1, count: first.spatial.count)
      var current = Matrix.identity(channels)
      for factor in factors {
        (current, extents) = Self.composed(factor, group: group, of: groups, after: current, extents: extents, channels: channels)
      }
      return current
    }
  }

  /// The dense kernel `[N, C/g, k…]` that the chain amounts to, row-major.
  public func reconstructed(groups: Int = 1) -> [Float] {
    reconstructedUnfoldings(groups: groups).flatMap { $0.elements.map { Float($0) } }
  }

  private static func composed(
    _ factor: ConvolutionKernel, group: Int, of groups: Int, after current: Matrix, extents: [Int], channels: Int
  ) -> (Matrix, [Int]) {
    let parts = factor.groups / groups
    let outputs = factor.outputsPerGroup
    let inputs = factor.inputsPerGroup
    let taps = factor.taps
    let oldTaps = extents.reduce(1, *)
    let newExtents = zip(extents, factor.spatial).map { $0 * $1 }
    precondition(zip(extents, factor.spatial).allSatisfy { $0 == 1 || $1 == 1 }, "factors share an axis: \(extents), \(factor.spatial)")
    let newTaps = newExtents.reduce(1, *)
    let place = combinedTaps(old: extents, new: factor.spatial)
    var result = Matrix.zeros(parts * outputs, channels * newTaps)
    for part in 0..<parts {
      let weights = factor.unfolded(group: group * parts + part)
      let source = current.rowSlice(part * inputs..<(part + 1) * inputs)
      for tap in 0..<taps {
        let slice = weights.selectingColumns((0..<inputs).map { $0 * taps + tap })
        let product = slice * source
        for output in 0..<outputs {
          for channel in 0..<channels {
            for old in 0..<oldTaps {
              result[part * outputs + output, channel * newTaps + place[tap][old]] = product[output, channel * oldTaps + old]
            }
          }
        }
      }
    }
    return (result, newExtents)
  }

  /// Row-major index in the combined extents of each pair (tap of the new factor, tap of the old product).
  private static func combinedTaps(old: [Int], new: [Int]) -> [[Int]] {
    func digits(_ index: Int, _ extents: [Int]) -> [Int] {
      var (rest, result) = (index, [Int](repeating: 0, count: extents.count))
      for axis in extents.indices.reversed() {
        result[axis] = rest % extents[axis]
        rest /= extents[axis]
      }
      return result
    }
    return (0..<new.reduce(1, *)).map { tap in
      (0..<old.reduce(1, *)).map { before in
        let (a, b) = (digits(tap, new), digits(before, old))
        return old.indices.reduce(0) { $0 * (old[$1] * new[$1]) + a[$1] + b[$1] }
      }
    }
  }
}
