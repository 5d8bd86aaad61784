/// A trained convolution's kernel and how it walks over the image: what a decomposition method starts from.
///
/// A dense layer `y = W x + b` is the kernel `[N, C]` with no spatial axes. A transposed convolution is a convolution of the image with zeros between
/// its pixels (`ConvolutionKernel+Transposed`): every method takes it as it takes others.
public struct ConvolutionKernel: Sendable, Equatable {
  /// `W [N, C/g, k…]`, row-major; none where channels are only picked.
  public let weights: [Float]
  /// `[N, C/g, k…]`.
  public let shape: [Int]
  public let groups: Int
  /// One entry a spatial axis.
  public let strides: [Int]
  public let dilations: [Int]
  /// `[before…, after…]`, explicit (`auto_pad` already resolved); negative ones cut.
  public let pads: [Int]
  /// One entry a spatial axis: the image's pixels stand so far apart, zeros between them, before the kernel walks over it; 1 but for transposed
  /// convolutions.
  public let upsampling: [Int]
  /// `[N]`, or `nil` for none.
  public let bias: [Float]?
  /// `y_i = x_{selection[i]}`: the kernel only picks and orders channels, without weights
  /// and without arithmetic; `nil` for a convolution.
  public let selection: [Int]?

  public init(
    weights: [Float], shape: [Int], groups: Int = 1, strides: [Int]? = nil, dilations: [Int]? = nil, pads: [Int]? = nil,
    upsampling: [Int]? = nil, bias: [Float]? = nil
  ) {
    precondition(shape.count >= 2 && weights.count == shape.reduce(1, *), "kernel of shape \(shape) with \(weights.count) weights")
    let rank = shape.count - 2
    self.weights = weights
    self.shape = shape
    self.groups = groups
    self.strides = strides ?? Array(repeating: 1, count: rank)
    self.dilations = dilations ?? Array(repeating: 1, count: rank)
    self.pads = pads ?? Array(repeating: 0, count: 2 * rank)
    self.upsampling = upsampling ?? Array(repeating: 1, count: rank)
    self.bias = bias
    selection = nil
  }

  /// The kernel that picks and orders channels, `y_i = x_{order[i]}`, over some spatial axes.
  public init(selecting order: [Int], of channels: Int, axes: Int) {
    precondition(order.allSatisfy { (0..<channels).contains($0) }, "a channel of \(order) is not among \(channels)")
    weights = []
    shape = [order.count, channels] + Array(repeating: 1, count: axes)
    groups = 1
    strides = Array(repeating: 1, count: axes)
    dilations = strides
    pads = Array(repeating: 0, count: 2 * axes)
    upsampling = strides
    bias = nil
    selection = order
  }

  /// Output channels `N`.
  public var outputs: Int { shape[0] }
  /// Input channels `C`, of all groups.
  public var inputs: Int { shape[1] * groups }
  public var spatial: [Int] { Array(shape[2...]) }
  /// Multiply-adds per output position, per input position of a transposed convolution: `N · C/g · ∏k`; none where channels are only picked.
  public var macsPerOutput: Int { selection == nil ? shape.reduce(1, *) : 0 }
  /// Weights and biases; none where channels are only picked.
  public var parameters: Int { selection == nil ? weights.count + (bias?.count ?? 0) : 0 }
}
