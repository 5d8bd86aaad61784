/// `y = x * W + b`: convolution over 1, 2 or 3 spatial axes.
///
/// Inputs `x [B, C, d…]`, `W [N, C/g, k…]`, `b [N]`; output `[B, N, d'…]` with
/// `d' = (d + before + after − dilation·(k − 1) − 1) / stride + 1`.
public struct Conv: OperatorDefinition, Equatable {
  public static let opTypes = ["Conv"]

  public let window: Window
  public let groups: Int
  private let label: String

  public init(_ node: Node, opset: Int) throws(GraphError) {
    let read = AttributeReader(node)
    label = node.label
    groups = try read.int("group", default: 1)
    window = try Window(node)
    if groups < 1 { throw GraphError(.attribute, node: label, "group \(groups) must be at least 1") }
  }

  public func inferOutputs(_ inputs: [TensorInfo?], count: Int) throws(GraphError) -> [TensorInfo] {
    guard inputs.count >= 2, let x = inputs[0], let w = inputs[1] else {
      throw GraphError(.structure, node: label, "Conv needs an input and a kernel, got \(inputs.count) inputs")
    }
    guard let xs = x.shape, let ws = w.shape else { return [TensorInfo(x.type, nil)] }
    guard xs.count == ws.count, xs.count >= 3 else {
      throw GraphError(.shape, node: label, "input of rank \(xs.count) and kernel of rank \(ws.count) do not fit")
    }
    if let c = xs[1].value, let perGroup = ws[1].value, c != perGroup * groups {
      throw GraphError(.shape, node: label, "input has \(c) channels, the kernel reads \(perGroup) in each of \(groups) groups")
    }
    if let n = ws[0].value, n % groups != 0 {
      throw GraphError(.shape, node: label, "\(n) output channels cannot be split in \(groups) groups")
    }
    let spatial = try window.outputExtents(Array(xs[2...]), kernel: Array(ws[2...]), node: label)
    return [TensorInfo(x.type, [xs[0], ws[0]] + spatial)]
  }

  public func macs(inputs: [[Int]?], outputs: [[Int]]) -> Int {
    guard inputs.count > 1, let w = inputs[1], let y = outputs.first else { return 0 }
    return y.reduce(1, *) * w.dropFirst().reduce(1, *)
  }
}
