/// The attributes that convolution and pooling share: how a kernel walks over the spatial axes.
public struct Window: Sendable, Equatable {
  public enum AutoPad: String, Sendable { case notSet = "NOTSET", valid = "VALID", sameUpper = "SAME_UPPER", sameLower = "SAME_LOWER" }

  /// Extents of the kernel, where the node states them (`nil`: take them from the weights).
  public let kernel: [Int]?
  public let strides: [Int]?
  public let dilations: [Int]?
  /// `[before…, after…]`, one of each a spatial axis.
  public let pads: [Int]?
  public let autoPad: AutoPad

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
      if let bad = list?.first(where: { $0 < 1 }) {
        throw GraphError(.attribute, node: node.label, "\(name) \(bad) must be at least 1")
      }
    }
  }

  /// The window along one axis with every default filled in.
  public struct Axis: Sendable, Equatable {
    public let kernel, stride, dilation, before, after: Int
    /// Extent that one application spans: `dilation·(kernel − 1) + 1`.
    public var span: Int { dilation * (kernel - 1) + 1 }
    public func outputExtent(_ input: Int) -> Int { (input + before + after - span) / stride + 1 }
  }

  /// The windows of all axes for inputs of known extents.
  /// - Throws: `GraphError.shape` where a list has the wrong length or the window does not fit into the padded input.
  public func axes(input: [Int], kernel weights: [Int]?, node: String) throws(GraphError) -> [Axis] {
    let rank = input.count
    guard let kernel = weights ?? self.kernel else { throw GraphError(.attribute, node: node, "kernel_shape is missing") }
    if let stated = self.kernel, stated != kernel {
      throw GraphError(.shape, node: node, "kernel_shape \(stated) differs from the kernel's \(kernel)")
    }
    for (name, list, wanted) in [("kernel_shape", kernel, rank), ("strides", strides, rank), ("dilations", dilations, rank), ("pads", pads, 2 * rank)] {
      if let list, list.count != wanted {
        throw GraphError(.shape, node: node, "\(name) \(list) must have \(wanted) entries for \(rank) spatial axes")
      }
    }
    var axes: [Axis] = []
    for i in 0..<rank {
      let stride = strides?[i] ?? 1
      let dilation = dilations?[i] ?? 1
      let span = dilation * (kernel[i] - 1) + 1
      var before = 0, after = 0
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
      if input[i] + before + after < span {
        throw GraphError(.shape, node: node, "axis \(i): a window of \(span) does not fit into \(input[i]) + \(before) + \(after) of padding")
      }
      axes.append(axis)
    }
    return axes
  }

  /// Output extents where inputs may be symbolic: those come out as unknown.
  func outputExtents(_ input: [Dimension], kernel: [Dimension]?, node: String) throws(GraphError) -> [Dimension] {
    let kernelExtents = kernel?.compactMap(\.value)
    if let kernelExtents, kernelExtents.count != input.count { return input.map { _ in .unknown } }
    // An unknown extent is replaced by one large enough for the checks of the known axes to pass alone.
    let extents = input.map { $0.value ?? 1 << 20 }
    let axes = try axes(input: extents, kernel: kernelExtents, node: node)
    return zip(input, axes).map { dimension, axis in dimension.value.map { .fixed(axis.outputExtent($0)) } ?? .unknown }
  }
}
