import KerfDecomposition
import KerfGraph

/// The layers of a network that can be factorized, and those that cannot with the reason: nothing is skipped silently.
public struct LayerScan: Sendable {
  public let sites: [LayerSite]
  public let skipped: [SkippedLayer]

  /// Scans a graph whose value shapes are known.
  /// - Parameter shapes: what shape inference found, by value name.
  public init(_ model: Model, shapes: [String: TensorInfo]) {
    var sites: [LayerSite] = []
    var skipped: [SkippedLayer] = []
    let constants = ConstantLookup(model.graph)
    for (index, node) in model.graph.nodes.enumerated() where Self.opTypes.contains(node.opType) && node.domain.isEmpty {
      let name = node.name.isEmpty ? (node.outputs.first ?? "node \(index)") : node.name
      switch Self.site(index, name, node, opset: model.opset, constants, shapes) {
      case .success(let site): sites.append(site)
      case .failure(let reason): skipped.append(SkippedLayer(name: name, opType: node.opType, reason: reason.text))
      }
    }
    self.sites = sites
    self.skipped = skipped
  }

  private static let opTypes: Set<String> = ["Conv", "Gemm", "MatMul", "ConvTranspose"]

  private struct Reason: Error { let text: String }

  private static func site(
    _ index: Int, _ name: String, _ node: Node, opset: Int, _ constants: ConstantLookup, _ shapes: [String: TensorInfo]
  ) -> Result<LayerSite, Reason> {
    guard node.inputs.count >= 2, let tensor = constants[node.inputs[1]] else {
      return .failure(Reason(text: "its weights are computed by the graph, not constant"))
    }
    guard let weights = tensor.floats() else { return .failure(Reason(text: "weights of \(tensor.type) cannot be factorized")) }
    guard let input = shapes[node.inputs[0]]?.fixedShape, let output = shapes[node.outputs[0]]?.fixedShape else {
      return .failure(Reason(text: "its shape is not known; give --shape or a data card"))
    }
    var bias: [Float]?
    if node.inputs.count > 2, !node.inputs[2].isEmpty {
      guard let values = constants[node.inputs[2]]?.floats() else {
        return .failure(Reason(text: "its bias is computed by the graph, not constant"))
      }
      bias = values
    }
    let kernel: ConvolutionKernel
    do {
      kernel =
        switch node.opType {
        case "Conv": try convolution(node, opset, tensor.shape, weights, bias, input)
        case "ConvTranspose": try transposed(node, opset, tensor.shape, weights, bias, input)
        default: try dense(node, opset, tensor.shape, weights, bias)
        }
    } catch let reason as Reason {
      return .failure(reason)
    } catch {
      return .failure(Reason(text: "\(error)"))
    }
    return .success(
      LayerSite(
        index: index, name: name, node: node, kernel: kernel, elementType: tensor.type, inputShape: input, outputShape: output))
  }

  private static func convolution(
    _ node: Node, _ opset: Int, _ shape: [Int], _ weights: [Float], _ bias: [Float]?, _ input: [Int]
  ) throws -> ConvolutionKernel {
    let conv = try Conv(node, opset: opset)
    guard (3...5).contains(shape.count) else { throw Reason(text: "kernels of \(shape.count - 2) spatial axes have no form") }
    let axes = try conv.window.axes(input: Array(input[2...]), kernel: Array(shape[2...]), node: node.label)
    return ConvolutionKernel(
      weights: weights, shape: shape, groups: conv.groups, strides: axes.map(\.stride), dilations: axes.map(\.dilation),
      pads: axes.map(\.before) + axes.map(\.after), bias: bias)
  }

  private static func transposed(
    _ node: Node, _ opset: Int, _ shape: [Int], _ weights: [Float], _ bias: [Float]?, _ input: [Int]
  ) throws -> ConvolutionKernel {
    let transpose = try ConvTranspose(node, opset: opset)
    guard (3...5).contains(shape.count) else { throw Reason(text: "kernels of \(shape.count - 2) spatial axes have no form") }
    // Pads that follow from it hold for one size of images only.
    if transpose.outputShape != nil { throw Reason(text: "it states output_shape instead of pads") }
    let axes = try transpose.axes(input: Array(input[2...]), kernel: Array(shape[2...]))
    let after = zip(axes, input[2...]).map { axis, extent in
      axis.stride * (extent - 1) + axis.dilation * (axis.kernel - 1) + 1 - axis.before - axis.output
    }
    return ConvolutionKernel(
      ConvolutionKernel.Transposed(
        weights: weights, shape: shape, groups: transpose.groups, strides: axes.map(\.stride), dilations: axes.map(\.dilation),
        pads: axes.map(\.before) + after.map { max(0, $0) }, outputPadding: after.map { max(0, -$0) }), bias: bias)
  }

  /// `Gemm` with a constant `B`, or `MatMul` by a constant matrix, as the kernel `[N, C]`.
  private static func dense(_ node: Node, _ opset: Int, _ shape: [Int], _ weights: [Float], _ bias: [Float]?) throws -> ConvolutionKernel {
    guard shape.count == 2 else { throw Reason(text: "a matrix product with a constant of rank \(shape.count) has no form yet") }
    let read = AttributeReader(node)
    if try read.int("transA", default: 0) != 0 { throw Reason(text: "transA is set") }
    let stored = try read.int("transB", default: 0) != 0
    let alpha = try read.float("alpha", default: 1)
    let beta = try read.float("beta", default: 1)
    let (rows, columns) = (shape[0], shape[1])
    let outputs = stored ? rows : columns
    var matrix = weights
    if !stored {
      for c in 0..<rows { for n in 0..<columns { matrix[n * rows + c] = weights[c * columns + n] } }
    }
    if alpha != 1 { for i in matrix.indices { matrix[i] *= alpha } }
    if let bias, bias.count != outputs && bias.count != 1 { throw Reason(text: "a bias of \(bias.count) values for \(outputs) outputs") }
    let full = bias.map { b in b.count == outputs ? b.map { $0 * beta } : Array(repeating: b[0] * beta, count: outputs) }
    return ConvolutionKernel(weights: matrix, shape: [outputs, stored ? columns : rows], bias: full)
  }
}

/// The constant tensors of a graph by name: initializers and `Constant` nodes.
struct ConstantLookup {
  private var byName: [String: Tensor] = [:]

  init(_ graph: Graph) {
    for initializer in graph.initializers { byName[initializer.name] = initializer.tensor }
    for node in graph.nodes where node.opType == "Constant" {
      if case .tensor(let tensor)? = node[attribute: "value"], let name = node.outputs.first { byName[name] = tensor }
    }
  }

  subscript(name: String) -> Tensor? { byName[name] }
}
