import KerfDecomposition
import KerfGraph

/// Writes a layer form as plain ONNX nodes in the place of the layer.
public enum LayerRewriter {
  /// Replaces the layers in one go; every other node, name and attribute stays as it was.
  ///
  /// The last factor makes the value that the layer made, so readers need no change. Weights that nobody reads any more are dropped.
  public static func rewrite(_ model: Model, _ forms: [(site: LayerSite, form: LayerForm)]) -> Model {
    var model = model
    let byIndex = Dictionary(forms.map { ($0.site.index, $0) }, uniquingKeysWith: { first, _ in first })
    var nodes: [Node] = []
    var added: [Initializer] = []
    var taken = NameSupply(model.graph)
    for (index, node) in model.graph.nodes.enumerated() {
      guard let (site, form) = byIndex[index] else {
        nodes.append(node)
        continue
      }
      let chain = chain(for: site, form, opset: model.opset, &taken)
      nodes += chain.nodes
      added += chain.initializers
    }
    model.graph.nodes = nodes
    model.graph.initializers += added
    model.graph.removeConstants(unreadAmong: forms.flatMap { $0.site.node.inputs.dropFirst() })
    return model
  }

  /// A network of one form and nothing else, from the layer's input, of any extents, to its output.
  static func alone(_ site: LayerSite, _ form: LayerForm, opset: Int) -> Model {
    let extents = site.inputShape.indices.map { Dimension.symbolic("extent \($0)") }
    var graph = Graph(inputs: [ValueInfo(site.input, .tensor(.float, extents))], outputs: [ValueInfo(site.output, .tensor(.float, nil))])
    var taken = NameSupply(graph)
    (graph.nodes, graph.initializers) = chain(for: site, form, opset: opset, &taken)
    return Model(opsets: ["": Int64(opset)], graph: graph)
  }

  /// The nodes and weights of one form.
  static func chain(for site: LayerSite, _ form: LayerForm, opset: Int, _ taken: inout NameSupply)
    -> (nodes: [Node], initializers: [Initializer])
  {
    var nodes: [Node] = []
    var initializers: [Initializer] = []
    var current = site.input
    func constant(_ name: String, _ values: [Float], _ shape: [Int], _ taken: inout NameSupply) -> String {
      let unique = taken.fresh(name)
      let tensor = Tensor(doubles: values.map(Double.init), shape: shape, type: site.elementType) ?? Tensor(values, shape: shape)
      initializers.append(Initializer(unique, tensor))
      return unique
    }
    for (position, factor) in form.factors.enumerated() {
      let isLast = position == form.factors.count - 1
      let stem = "\(site.name)/\(form.method)_\(position)"
      let output = isLast ? site.output : taken.fresh("\(site.output)/\(form.method)_\(position)")
      let name = taken.fresh(stem)
      if let order = factor.selection {
        let channels = taken.fresh(stem + ".channels")
        initializers.append(Initializer(channels, Tensor(shape: [order.count], storage: .int64(order.map { Int64($0) }))))
        nodes.append(Node("Gather", name: name, inputs: [current, channels], outputs: [output], attributes: [Attribute("axis", .int(1))]))
      } else if !factor.spatial.isEmpty {
        let transposed = factor.isTransposed ? factor.transposed : nil
        var inputs = [
          current, constant(stem + ".weight", transposed?.weights ?? factor.weights, transposed?.shape ?? factor.shape, &taken),
        ]
        if let bias = factor.bias { inputs.append(constant(stem + ".bias", bias, [bias.count], &taken)) }
        let window = transposed.map { attributes(of: $0) } ?? attributes(of: factor, site)
        let type = transposed == nil ? "Conv" : "ConvTranspose"
        nodes.append(Node(type, name: name, inputs: inputs, outputs: [output], attributes: window))
      } else {
        nodes += dense(factor, site, name: name, stem: stem, input: current, output: output, opset: opset, &taken, constant)
      }
      current = output
    }
    return (nodes, initializers)
  }

  private static func dense(
    _ factor: ConvolutionKernel, _ site: LayerSite, name: String, stem: String, input: String, output: String, opset: Int,
    _ taken: inout NameSupply, _ constant: (String, [Float], [Int], inout NameSupply) -> String
  ) -> [Node] {
    let (outputs, inputs) = (factor.shape[0], factor.shape[1])
    if site.node.opType == "Gemm" {
      // Before opset 11 Gemm's third input is not optional.
      let bias = factor.bias ?? (opset < 11 ? Array(repeating: 0, count: outputs) : nil)
      var names = [input, constant(stem + ".weight", factor.weights, [outputs, inputs], &taken)]
      if let bias { names.append(constant(stem + ".bias", bias, [outputs], &taken)) }
      return [Node("Gemm", name: name, inputs: names, outputs: [output], attributes: [Attribute("transB", .int(1))])]
    }
    var transposed = factor.weights
    for n in 0..<outputs { for c in 0..<inputs { transposed[c * outputs + n] = factor.weights[n * inputs + c] } }
    let weight = constant(stem + ".weight", transposed, [inputs, outputs], &taken)
    guard let bias = factor.bias else { return [Node("MatMul", name: name, inputs: [input, weight], outputs: [output])] }
    let product = taken.fresh(output + "/product")
    let addend = constant(stem + ".bias", bias, [outputs], &taken)
    return [
      Node("MatMul", name: name, inputs: [input, weight], outputs: [product]),
      Node("Add", name: taken.fresh(name + ".add"), inputs: [product, addend], outputs: [output]),
    ]
  }

  private static func ints(_ values: [Int]) -> Attribute.Value { .ints(values.map { Int64($0) }) }

  private static func attributes(of transposed: ConvolutionKernel.Transposed) -> [Attribute] {
    [
      Attribute("kernel_shape", ints(Array(transposed.shape[2...]))), Attribute("strides", ints(transposed.strides)),
      Attribute("dilations", ints(transposed.dilations)), Attribute("group", .int(Int64(transposed.groups))),
      Attribute("pads", ints(transposed.pads)),
    ] + (transposed.outputPadding.contains { $0 > 0 } ? [Attribute("output_padding", ints(transposed.outputPadding))] : [])
  }

  /// Window attributes of a factor. `auto_pad` is carried as it stands, since explicit pads would bind the graph to one image size:
  /// each axis is spanned by exactly one factor, and a 1-wide axis pads nothing.
  private static func attributes(of factor: ConvolutionKernel, _ site: LayerSite) -> [Attribute] {
    var list = [
      Attribute("kernel_shape", ints(factor.spatial)), Attribute("strides", ints(factor.strides)),
      Attribute("dilations", ints(factor.dilations)), Attribute("group", .int(Int64(factor.groups))),
    ]
    if site.node.opType == "Conv", let mode = site.node[attribute: "auto_pad"], mode != .string(Array("NOTSET".utf8)) {
      list.append(Attribute("auto_pad", mode))
    } else {
      list.append(Attribute("pads", ints(factor.pads)))
    }
    return list
  }
}
