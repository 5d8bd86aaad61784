/// `y = x * W + b`: convolution over 1, 2 or 3 spatial axes.
///
/// Inputs `x [B, C, d…]`, `W [N, C/g, k…]`, `b [N]`; output `[B, N, d'…]` with
/// `d' = (d + before + after − dilation·(k − 1) − 1) / stride + 1`.
public struct Conv: OperatorDefinition, Equatable {
  public static let opTypes = ["Conv"]

  public let window: Window
  public let groups: Int
  package let label: String

  public init(_ node: Node, opset: Int) throws(GraphError) {
    let read = AttributeReader(node)
    label = node.label
    groups = try read.int("group", default: 1)
    window = try Window(node)
    guard 1...Window.limit ~= groups else {
      throw GraphError(.attribute, node: label, "group \(groups) must be in 1...\(Window.limit)")
    }
  }

  public func inferOutputs(_ inputs: [TensorInfo?], count: Int) throws(GraphError) -> [TensorInfo] {
    let read = OperandReader("Conv", node: label, inputs)
    let x = try read.required(0, "X")
    let w = try read.required(1, "W")
    guard let xs = x.shape, let ws = w.shape else { return try read.outputs([TensorInfo(x.type, nil)], count: count) }
    guard xs.count == ws.count, xs.count >= 3 else {
      throw GraphError(.shape, node: label, "input of rank \(xs.count) and kernel of rank \(ws.count) do not fit")
    }
    if let c = xs[1].value, let perGroup = ws[1].value, c % groups != 0 || c / groups != perGroup {
      throw GraphError(.shape, node: label, "input has \(c) channels, the kernel reads \(perGroup) in each of \(groups) groups")
    }
    if let n = ws[0].value, n % groups != 0 {
      throw GraphError(.shape, node: label, "\(n) output channels cannot be split in \(groups) groups")
    }
    try read.expectVector(2, "B", extent: ws[0])
    let spatial = try window.outputExtents(Array(xs[2...]), kernel: Array(ws[2...]), node: label)
    return try read.outputs([TensorInfo(x.type, [xs[0], ws[0]] + spatial)], count: count)
  }

  public func macs(inputs: [[Int]?], outputs: [[Int]]) -> Int {
    guard inputs.count > 1, let w = inputs[1], let y = outputs.first else { return 0 }
    return (y + w.dropFirst()).saturatingProduct
  }
}
