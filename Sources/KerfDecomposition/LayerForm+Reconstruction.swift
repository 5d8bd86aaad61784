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
        (current, extents) = ChainFactor(factor, group: group, of: groups).composed(after: current, extents: extents, channels: channels)
      }
      return current
    }
  }

  /// The dense kernel `[N, C/g, k…]` that the chain amounts to, row-major.
  public func reconstructed(groups: Int = 1) -> [Float] {
    reconstructedUnfoldings(groups: groups).flatMap { $0.elements.map { Float($0) } }
  }
}
