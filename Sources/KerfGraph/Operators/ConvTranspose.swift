/// The transpose of a convolution: every input position adds a scaled copy of the kernel to the output.
///
/// Inputs `x [B, C, d…]`, `W [C, N/g, k…]`, `b [N]`; output `[B, N, d'…]` with
/// `d' = stride·(d − 1) + output_padding + dilation·(k − 1) + 1 − before − after`.
/// Where `output_shape` is stated it is `d'`, and the pads follow from it.
public struct ConvTranspose: OperatorDefinition, Equatable {
  public static let opTypes = ["ConvTranspose"]

  public let window: Window
  public let groups: Int
  /// Extents added at the end of each axis; `[]` for none.
  public let outputPadding: [Int]
  /// The spatial output extents, where the node states them.
  public let outputShape: [Int]?
  package let label: String

  public init(_ node: Node, opset: Int) throws(GraphError) {
    let read = AttributeReader(node)
    label = node.label
    groups = try read.int("group", default: 1)
    window = try Window(node)
    outputPadding = try read.ints("output_padding") ?? []
    outputShape = try read.ints("output_shape")
    guard 1...Window.limit ~= groups else {
      throw GraphError(.attribute, node: label, "group \(groups) must be in 1...\(Window.limit)")
    }
    for (name, list) in [("output_padding", outputPadding), ("output_shape", outputShape ?? [])] {
      if let bad = list.first(where: { $0 < 0 || $0 > Window.limit }) {
        throw GraphError(.attribute, node: label, "\(name) \(bad) must be in 0...\(Window.limit)")
      }
    }
  }

  /// One spatial axis with every default filled in: input position `i` and tap `k` meet output position `i·stride + k·dilation − before`.
  public struct Axis: Sendable, Equatable {
    public let kernel, stride, dilation, before, output: Int
  }

  /// The axes for inputs and kernels of known extents.
  /// - Throws: `GraphError.shape` where a list has the wrong length or no output is left.
  public func axes(input: [Int], kernel: [Int]) throws(GraphError) -> [Axis] {
    let rank = input.count
    let lists = [
      ("W's spatial extents", kernel, rank), ("kernel_shape", window.kernel, rank), ("strides", window.strides, rank),
      ("dilations", window.dilations, rank), ("pads", window.pads, 2 * rank),
      ("output_padding", outputPadding.isEmpty ? nil : outputPadding, rank),
    ]
    for (name, list, wanted) in lists {
      if let list, list.count != wanted {
        throw GraphError(.shape, node: label, "\(name) \(list) must have \(wanted) entries for \(rank) spatial axes")
      }
    }
    if let stated = window.kernel, stated != kernel {
      throw GraphError(.shape, node: label, "kernel_shape \(stated) differs from the kernel's \(kernel)")
    }
    if let bad = (input + kernel).first(where: { $0 < 1 || $0 > Window.limit }) {
      throw GraphError(.shape, node: label, "an extent of \(bad) must be in 1...\(Window.limit)")
    }
    // Exporters of old files state the batch and channel extents too.
    let stated = outputShape.map { $0.count == rank + 2 ? Array($0.dropFirst(2)) : $0 }
    if let stated, stated.count != rank {
      throw GraphError(.shape, node: label, "output_shape \(stated) must have \(rank) entries")
    }
    var axes: [Axis] = []
    for i in 0..<rank {
      let stride = window.strides?[i] ?? 1
      let dilation = window.dilations?[i] ?? 1
      let full = stride * (input[i] - 1) + (outputPadding.isEmpty ? 0 : outputPadding[i]) + dilation * (kernel[i] - 1) + 1
      let same = window.autoPad == .sameUpper || window.autoPad == .sameLower
      let before: Int
      let output: Int
      if let wanted = stated?[i] ?? (same ? input[i] * stride : nil) {
        let total = max(0, full - wanted)
        before = window.autoPad == .sameUpper ? total / 2 : total - total / 2
        output = wanted
      } else {
        let pads = window.autoPad == .notSet ? window.pads : nil
        before = pads?[i] ?? 0
        output = full - before - (pads?[i + rank] ?? 0)
      }
      guard output >= 0 else {
        throw GraphError(.shape, node: label, "axis \(i): the pads are larger than the output of \(full)")
      }
      axes.append(Axis(kernel: kernel[i], stride: stride, dilation: dilation, before: before, output: output))
    }
    return axes
  }

  public func inferOutputs(_ inputs: [TensorInfo?], count: Int) throws(GraphError) -> [TensorInfo] {
    let read = OperandReader("ConvTranspose", node: label, inputs)
    let x = try read.required(0, "X")
    let w = try read.required(1, "W")
    guard let xs = x.shape, let ws = w.shape else { return try read.outputs([TensorInfo(x.type, nil)], count: count) }
    guard xs.count == ws.count, xs.count >= 3 else {
      throw GraphError(.shape, node: label, "input of rank \(xs.count) and kernel of rank \(ws.count) do not fit")
    }
    if !read.agree(xs[1], ws[0]) {
      throw GraphError(.shape, node: label, "input has \(xs[1].text) channels, the kernel reads \(ws[0].text)")
    }
    if let c = ws[0].value, c % groups != 0 {
      throw GraphError(.shape, node: label, "\(c) channels cannot be split in \(groups) groups")
    }
    let channels = ws[1].value.map { Dimension.fixed([$0, groups].saturatingProduct) } ?? .unknown
    try read.expectVector(2, "B", extent: channels)
    let kernel = ws[2...].compactMap(\.value)
    guard kernel.count == xs.count - 2 else {
      return try read.outputs([TensorInfo(x.type, [xs[0], channels] + xs[2...].map { _ in .unknown })], count: count)
    }
    // An unknown extent is replaced by one that lets the checks of the known axes decide alone.
    let axes = try axes(input: xs[2...].map { $0.value ?? 1 << 20 }, kernel: kernel)
    let spatial = zip(xs[2...], axes).map { extent, axis in extent.value == nil ? Dimension.unknown : .fixed(axis.output) }
    return try read.outputs([TensorInfo(x.type, [xs[0], channels] + spatial)], count: count)
  }

  public func macs(inputs: [[Int]?], outputs: [[Int]]) -> Int {
    guard inputs.count > 1, let x = inputs[0], let w = inputs[1] else { return 0 }
    return (x + w.dropFirst()).saturatingProduct
  }
}
