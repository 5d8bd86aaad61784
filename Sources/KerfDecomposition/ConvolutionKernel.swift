/// A trained convolution's kernel and how it walks over the image: what a decomposition method starts from.
///
/// A dense layer `y = W x + b` is the kernel `[N, C]` with no spatial axes.
public struct ConvolutionKernel: Sendable, Equatable {
  /// `W [N, C/g, k…]`, row-major.
  public let weights: [Float]
  /// `[N, C/g, k…]`.
  public let shape: [Int]
  public let groups: Int
  /// One entry a spatial axis.
  public let strides: [Int]
  public let dilations: [Int]
  /// `[before…, after…]`, explicit (`auto_pad` already resolved).
  public let pads: [Int]
  /// `[N]`, or `nil` for none.
  public let bias: [Float]?

  public init(
    weights: [Float], shape: [Int], groups: Int = 1, strides: [Int]? = nil, dilations: [Int]? = nil, pads: [Int]? = nil,
    bias: [Float]? = nil
  ) {
    precondition(shape.count >= 2 && weights.count == shape.reduce(1, *), "kernel of shape \(shape) with \(weights.count) weights")
    let rank = shape.count - 2
    self.weights = weights
    self.shape = shape
    self.groups = groups
    self.strides = strides ?? Array(repeating: 1, count: rank)
    self.dilations = dilations ?? Array(repeating: 1, count: rank)
    self.pads = pads ?? Array(repeating: 0, count: 2 * rank)
    self.bias = bias
  }

  /// Output channels `N`.
  public var outputs: Int { shape[0] }
  /// Input channels `C`, of all groups.
  public var inputs: Int { shape[1] * groups }
  public var spatial: [Int] { Array(shape[2...]) }
  /// Multiply-adds per output position: `N · C/g · ∏k`.
  public var macsPerOutput: Int { shape.reduce(1, *) }
}
