/// What replaces a layer: a chain of standard convolutions, run one after the other, between them selections of channels where a form needs them.
public struct LayerForm: Sendable, Equatable {
  /// The method's name, `"spatial"`.
  public let method: String
  /// For each group of a grouped kernel.
  public let rank: Rank
  /// Which of the method's layouts this is (`"vertical-first"`), `nil` where there is only one.
  public let variant: String?
  /// In the order the data flows; only the last convolution may have a bias.
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
        if blank.selection != nil {
          let channels = blank.inputs / chains.count
          let order = chains.enumerated().flatMap { group, chain in (chain[place].selection ?? []).map { $0 + group * channels } }
          return ConvolutionKernel(selecting: order, of: blank.inputs, axes: blank.spatial.count)
        }
        return blank.replacing(weights: chains.flatMap { $0[place].elements.map { Float($0) } }, bias: nil)
      })
  }

  /// Weights and biases of all factors.
  public var parameters: Int { factors.reduce(0) { $0 + $1.parameters } }

  /// Multiply-adds per output position, per input position of a transposed convolution: each factor's, times the strides that come after it
  /// and the upsampling before it.
  ///
  /// Borders are left out; `macs(inputExtents:)` counts them.
  public var macsPerOutput: Int {
    var (before, after) = (1, factors.reduce(1) { $0 * $1.strideProduct() })
    return factors.reduce(0) { sum, factor in
      after /= factor.strideProduct()
      defer { before *= factor.upsamplingProduct() }
      return sum + factor.macsPerOutput * before * after
    }
  }

  /// Multiply-adds of one image whose input to the layer has the extents given.
  public func macs(inputExtents: [Int]) -> Int {
    var extents = inputExtents
    var sum = 0
    for factor in factors {
      sum += factor.macs(inputExtents: extents)
      extents = factor.outputExtents(forInput: extents)
    }
    return sum
  }

  /// Output extents of the chain.
  public func outputExtents(forInput extents: [Int]) -> [Int] {
    factors.reduce(extents) { $1.outputExtents(forInput: $0) }
  }

  /// The bias in the order of the outputs, `nil` for none.
  public var bias: [Float]? {
    guard let place = lastConvolution, let bias = factors[place].bias else { return nil }
    return factors[(place + 1)...].reduce(bias) { bias, factor in (factor.selection ?? []).map { bias[$0] } }
  }

  /// The form whose outputs have the bias given; channels that are only put in order behind the last convolution take theirs from it.
  func withBias(_ bias: [Float]?) -> LayerForm {
    guard let place = lastConvolution else { return self }
    let own = bias.map { beforeSelections($0, filler: 0) }
    var factors = factors
    factors[place] = factors[place].withBias(own)
    return LayerForm(method: method, rank: rank, variant: variant, factors: factors)
  }

  /// Values of the form's outputs in the order of the last convolution's.
  func beforeSelections<Value>(_ values: [Value], filler: Value) -> [Value] {
    guard let place = lastConvolution else { return values }
    return factors[(place + 1)...].reversed().reduce(values) { values, factor in
      var before = [Value](repeating: filler, count: factor.inputs)
      for (output, channel) in (factor.selection ?? []).enumerated() { before[channel] = values[output] }
      return before
    }
  }

  var lastConvolution: Int? { factors.lastIndex { $0.selection == nil } }
}
