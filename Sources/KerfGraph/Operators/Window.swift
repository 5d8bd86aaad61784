/// The attributes that convolution and pooling share: how a kernel walks over the spatial axes.
public struct Window: Sendable, Equatable {
  public enum AutoPad: String, Sendable {
    case notSet = "NOTSET"
    case valid = "VALID"
    case sameUpper = "SAME_UPPER"
    case sameLower = "SAME_LOWER"
  }

  /// Extents of the kernel, where the node states them (`nil`: take them from the weights).
  public let kernel: [Int]?
  public let strides: [Int]?
  public let dilations: [Int]?
  /// `[before…, after…]`, one of each a spatial axis.
  public let pads: [Int]?
  public let autoPad: AutoPad

  /// No entry may exceed this, so that the arithmetic of extents cannot overflow.
  static let limit = 1 << 30

  public init(_ node: Node) throws(GraphError) {
    let read = AttributeReader(node)
    kernel = try read.ints("kernel_shape")
    strides = try read.ints("strides")
    dilations = try read.ints("dilations")
    pads = try read.ints("pads")
    let word = try read.string("auto_pad", default: "NOTSET")
    guard let mode = AutoPad(rawValue: word) else {
      throw GraphError(.attribute, node: node.label, "auto_pad '\(word)' is none of NOTSET, VALID, SAME_UPPER, SAME_LOWER")
    }
    autoPad = mode
    for (name, list) in [("kernel_shape", kernel), ("strides", strides), ("dilations", dilations)] {
      if let bad = list?.first(where: { $0 < 1 || $0 > Self.limit }) {
        throw GraphError(.attribute, node: node.label, "\(name) \(bad) must be in 1...\(Self.limit)")
      }
    }
    if let bad = pads?.first(where: { $0 < -Self.limit || $0 > Self.limit }) {
      throw GraphError(.attribute, node: node.label, "pads \(bad) must be in ±\(Self.limit)")
    }
  }

  /// The window along one axis with every default filled in.
  public struct Axis: Sendable, Hashable {
    public let kernel, stride, dilation, before, after: Int

    package init(kernel: Int, stride: Int, dilation: Int, before: Int, after: Int) {
      self.kernel = kernel
      self.stride = stride
      self.dilation = dilation
      self.before = before
      self.after = after
    }

    /// Extent that one application spans: `dilation·(kernel − 1) + 1`.
    public var span: Int { dilation * (kernel - 1) + 1 }

    /// Number of windows along the axis: `⌊(input + before + after − span) / stride⌋ + 1`.
    ///
    /// With `roundingUp` (pooling's `ceil_mode`) the quotient is rounded up, and a last window that would start behind the input
    /// and its leading padding is dropped.
    public func outputExtent(_ input: Int, roundingUp: Bool = false) -> Int {
      let slack = input + before + after - span
      guard roundingUp else { return slack / stride + 1 }
      // Truncating division is already the ceiling of a negative quotient.
      let count = (slack > 0 ? (slack + stride - 1) / stride : slack / stride) + 1
      return (count - 1) * stride >= input + before ? count - 1 : count
    }
  }

  /// The windows of all axes for inputs of known extents.
  /// - Throws: `GraphError.shape` where a list has the wrong length or the window does not fit into the padded input.
  public func axes(input: [Int], kernel weights: [Int]?, node: String, roundingUp: Bool = false) throws(GraphError) -> [Axis] {
    let rank = input.count
    guard let kernel = weights ?? self.kernel else { throw GraphError(.attribute, node: node, "kernel_shape is missing") }
    if let stated = self.kernel, stated != kernel {
      throw GraphError(.shape, node: node, "kernel_shape \(stated) differs from the kernel's \(kernel)")
    }
    let lists = [("kernel_shape", kernel, rank), ("strides", strides, rank), ("dilations", dilations, rank), ("pads", pads, 2 * rank)]
    for (name, list, wanted) in lists {
      if let list, list.count != wanted {
        throw GraphError(.shape, node: node, "\(name) \(list) must have \(wanted) entries for \(rank) spatial axes")
      }
    }
    if let bad = kernel.first(where: { $0 < 1 || $0 > Self.limit }) {
      throw GraphError(.shape, node: node, "a kernel extent of \(bad) must be in 1...\(Self.limit)")
    }
    if let bad = input.first(where: { $0 < 0 || $0 > 1 << 40 }) {
      throw GraphError(.value, node: node, "an input extent of \(bad) is beyond 2^40")
    }
    var axes: [Axis] = []
    for i in 0..<rank {
      let stride = strides?[i] ?? 1
      let dilation = dilations?[i] ?? 1
      let span = dilation * (kernel[i] - 1) + 1
      var before = 0
      var after = 0
      switch autoPad {
      case .notSet:
        before = pads?[i] ?? 0
        after = pads?[i + rank] ?? 0
      case .valid: break
      case .sameUpper, .sameLower:
        let total = max(0, ((input[i] + stride - 1) / stride - 1) * stride + span - input[i])
        before = autoPad == .sameUpper ? total / 2 : total - total / 2
        after = total - before
      }
      let axis = Axis(kernel: kernel[i], stride: stride, dilation: dilation, before: before, after: after)
      let slack = input[i] + before + after - span
      if slack < 0, !roundingUp || axis.outputExtent(input[i], roundingUp: true) < 1 {
        throw GraphError(
          .shape, node: node, "axis \(i): a window of \(span) does not fit into \(input[i]) + \(before) + \(after) of padding")
      }
      axes.append(axis)
    }
    return axes
  }

  /// Output extents where inputs may be symbolic: those come out as unknown.
  func outputExtents(
    _ input: [Dimension], kernel: [Dimension]?, node: String, roundingUp: Bool = false
  ) throws(GraphError) -> [Dimension] {
    let kernelExtents = kernel?.compactMap(\.value)
    if let kernelExtents, kernelExtents.count != input.count { return input.map { _ in .unknown } }
    // An unknown extent is replaced by one large enough for the checks of the known axes to pass alone.
    let extents = input.map { $0.value ?? 1 << 31 }
    let axes = try axes(input: extents, kernel: kernelExtents, node: node, roundingUp: roundingUp)
    return zip(input, axes).map { dimension, axis in
      dimension.value.map { .fixed(axis.outputExtent($0, roundingUp: roundingUp)) } ?? .unknown
    }
  }
}
