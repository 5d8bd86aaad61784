/// What replaces a layer: a chain of standard convolutions, run one after the other.
public struct LayerForm: Sendable, Equatable {
  /// The method's name, `"spatial"`.
  public let method: String
  public let rank: Rank
  /// In the order the data flows; only the last one may have a bias.
  public let factors: [ConvolutionKernel]

  public init(method: String, rank: Rank, factors: [ConvolutionKernel]) {
    self.method = method
    self.rank = rank
    self.factors = factors
  }

  /// Weights and biases of all factors.
  public var parameters: Int { factors.reduce(0) { $0 + $1.weights.count + ($1.bias?.count ?? 0) } }
}

/// The rank or ranks of a form, `[K]` or `[K1, K2]`.
public struct Rank: Sendable, Hashable, CustomStringConvertible {
  public let values: [Int]
  public init(_ values: Int...) { self.values = values }
  public init(_ values: [Int]) { self.values = values }
  public var description: String { values.map(String.init).joined(separator: ",") }
}
