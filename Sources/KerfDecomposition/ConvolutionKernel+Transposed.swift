/// Transposed convolutions: `y[n, i·s + k·d − cut] += W[c, n, k]·x[c, i]` puts a scaled copy of the kernel down for every pixel.
///
/// The same sum, seen from the output, is a convolution of stride 1 over the image with its pixels `s` apart and zeros between them, by the kernel
/// turned round and with its channels exchanged, `W'[n, c, k] = W[c, n, K − 1 − k]`, its pads `d·(K − 1) − cut`. So everything that factorizes
/// convolutions factorizes these, and each factor of theirs is a transposed convolution along the axes that it carries.
///
/// - Reference: Dumoulin and Visin, *A guide to convolution arithmetic for deep learning*, 2016, §4.
extension ConvolutionKernel {
  /// A transposed convolution as ONNX states it.
  public struct Transposed: Sendable, Equatable {
    /// `W [C, N/g, k…]`, row-major.
    public var weights: [Float]
    public var shape: [Int]
    public var groups: Int
    /// One entry a spatial axis.
    public var strides: [Int]
    public var dilations: [Int]
    /// What is cut off the output, `[before…, after…]`.
    public var pads: [Int]
    /// What is added at the end of each axis of the output.
    public var outputPadding: [Int]

    public init(
      weights: [Float], shape: [Int], groups: Int, strides: [Int], dilations: [Int], pads: [Int], outputPadding: [Int]
    ) {
      (self.weights, self.shape, self.groups, self.strides, self.dilations) = (weights, shape, groups, strides, dilations)
      (self.pads, self.outputPadding) = (pads, outputPadding)
    }
  }

  public init(_ transposed: Transposed, bias: [Float]? = nil) {
    let (shape, groups) = (transposed.shape, transposed.groups)
    let axes = shape.count - 2
    let cut = transposed.pads.indices.map { transposed.pads[$0] - ($0 < axes ? 0 : transposed.outputPadding[$0 - axes]) }
    self.init(
      weights: Self.turned(transposed.weights, shape: shape, groups: groups), shape: [shape[1] * groups, shape[0] / groups] + shape[2...],
      groups: groups, dilations: transposed.dilations,
      pads: cut.indices.map { transposed.dilations[$0 % axes] * (shape[2 + $0 % axes] - 1) - cut[$0] }, upsampling: transposed.strides,
      bias: bias)
  }

  /// Whether a transposed convolution says best what the kernel does: one that puts zeros between pixels, or whose pads cut.
  public var isTransposed: Bool { upsamplingProduct() > 1 || pads.contains { $0 < 0 } && strideProduct() == 1 }

  /// The kernel as a transposed convolution; its strides must be 1.
  public var transposed: Transposed {
    precondition(strides.allSatisfy { $0 == 1 }, "a transposed convolution that takes strides \(strides)")
    let axes = spatial.count
    let cut = pads.indices.map { dilations[$0 % axes] * (spatial[$0 % axes] - 1) - pads[$0] }
    return Transposed(
      weights: Self.turned(weights, shape: shape, groups: groups), shape: [inputs, outputsPerGroup] + spatial, groups: groups,
      strides: upsampling, dilations: dilations, pads: cut.map { max(0, $0) }, outputPadding: cut.suffix(axes).map { max(0, -$0) })
  }

  /// Channels of each group exchanged, `[g·R, Q, k…] → [g·Q, R, k…]`, and the taps in reverse: its own inverse.
  private static func turned(_ weights: [Float], shape: [Int], groups: Int) -> [Float] {
    let (rows, columns, taps) = (shape[0] / groups, shape[1], shape[2...].reduce(1, *))
    var result = weights
    for group in 0..<groups {
      for row in 0..<rows {
        for column in 0..<columns {
          let from = ((group * rows + row) * columns + column) * taps
          let to = ((group * columns + column) * rows + row) * taps
          for tap in 0..<taps { result[to + taps - 1 - tap] = weights[from + tap] }
        }
      }
    }
    return result
  }
}
