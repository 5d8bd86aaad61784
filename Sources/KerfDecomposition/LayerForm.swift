/// What replaces a layer: a chain of standard convolutions, run one after the other.
public struct LayerForm: Sendable, Equatable {
  /// The method's name, `"spatial"`.
  public let method: String
  /// For each group of a grouped kernel.
  public let rank: Rank
  /// Which of the method's layouts this is (`"vertical-first"`), `nil` where there is only one.
  public let variant: String?
  /// In the order the data flows; only the last one may have a bias.
  public let factors: [ConvolutionKernel]

  public init(method: String, rank: Rank, variant: String? = nil, factors: [ConvolutionKernel]) {
    self.method = method
    self.rank = rank
    self.variant = variant
    self.factors = factors
  }

  /// The chains of all groups, laid out like the factors given.
  init(method: String, rank: Rank, variant: String? = nil, chains: [[ChainFactor]], like skeleton: [ConvolutionKernel]) {
    self.init(
      method: method, rank: rank, variant: variant,
      factors: skeleton.enumerated().map { place, blank in
        ConvolutionKernel(
          weights: chains.flatMap { $0[place].elements.map { Float($0) } }, shape: blank.shape, groups: blank.groups,
          strides: blank.strides,
          dilations: blank.dilations, pads: blank.pads)
      })
  }

  /// Weights and biases of all factors.
  public var parameters: Int { factors.reduce(0) { $0 + $1.weights.count + ($1.bias?.count ?? 0) } }

  /// Multiply-adds per output position: each factor's, times the strides that come after it (`methods.md` §1).
  ///
  /// Borders are left out; `macs(inputExtents:)` counts them.
  public var macsPerOutput: Int {
    var strides = 1
    return factors.reversed().reduce(0) { sum, factor in
      defer { strides *= factor.strideProduct }
      return sum + factor.macsPerOutput * strides
    }
  }

  /// Multiply-adds of one image whose input to the layer has the extents given.
  public func macs(inputExtents: [Int]) -> Int {
    var extents = inputExtents
    var sum = 0
    for factor in factors {
      extents = factor.outputExtents(forInput: extents)
      sum += factor.macsPerOutput * extents.reduce(1, *)
    }
    return sum
  }

  /// Output extents of the chain.
  public func outputExtents(forInput extents: [Int]) -> [Int] {
    factors.reduce(extents) { $1.outputExtents(forInput: $0) }
  }

  func withBias(_ bias: [Float]?) -> LayerForm {
    guard let last = factors.last else { return self }
    return LayerForm(method: method, rank: rank, variant: variant, factors: factors.dropLast() + [last.withBias(bias)])
  }
}
