/// Builds the node list of `QLinearToQDQ`.
struct QLinearRewriter {
  private(set) var nodes: [Node] = []
  private(set) var added: [Initializer] = []
  private(set) var rewritten = 0
  private let index: GraphIndex
  private let opset: Int
  private var names: NameSupply
  /// Quantized values by the scale and zero point that one `QuantizeLinear` gave the whole tensor.
  private var quantization: [String: (scale: String, zero: String)] = [:]
  /// Real values already made of a quantized one, by all that distinguishes them.
  private var reals: [[String]: String] = [:]

  /// Operators that only move or pick elements of their first input, which therefore keep its quantization.
  private static let carriers: Set<String> = [
    "MaxPool", "Reshape", "Flatten", "Transpose", "Squeeze", "Unsqueeze", "Slice", "Split", "DepthToSpace", "SpaceToDepth", "Identity",
  ]

  init(_ graph: Graph, opset: Int) {
    index = GraphIndex(graph)
    names = NameSupply(graph)
    self.opset = opset
  }

  /// Appends the node, or what takes its place.
  mutating func take(_ node: Node) throws(GraphError) {
    let done =
      switch (node.domain, node.opType) {
      case ("", "QLinearConv"): convolution(node)
      case ("", "QLinearMatMul"): product(node)
      case ("com.microsoft", "QGemm"): try matrix(node)
      case ("com.microsoft", let name) where QLinearOperator.opTypes.contains(name): try linear(node)
      case ("", let name) where Self.carriers.contains(name): carrier(node)
      case ("", "Resize"):
        node[attribute: "mode"] == .string(Array("nearest".utf8)) || node[attribute: "mode"] == nil ? carrier(node) : false
      case ("", "Pad"): padding(node)
      default: false
      }
    if done {
      rewritten += 1
      return
    }
    nodes.append(node)
    if node.opType == "QuantizeLinear", node.inputs.count >= 3, !node.inputs[2].isEmpty, isScalar(node.inputs[1]),
      let y = node.outputs.first
    {
      quantization[y] = (node.inputs[1], node.inputs[2])
    }
  }

  // MARK: The operators

  private mutating func convolution(_ node: Node) -> Bool {
    guard node.inputs.count >= 8 else { return false }
    let (xScale, wScale) = (node.inputs[1], node.inputs[4])
    guard isScalar(xScale), isScalar(node.inputs[6]), sameCount(wScale, node.inputs[5]) else { return false }
    var inputs = [
      dequantized(node.inputs[0], xScale, node.inputs[2]),
      dequantized(node.inputs[3], wScale, node.inputs[5], axis: isScalar(wScale) ? nil : 0),
    ]
    if node.inputs.count > 8, !node.inputs[8].isEmpty {
      guard let bias = dequantizedBias(node.inputs[8], xScale, wScale, alpha: 1) else { return false }
      inputs.append(bias)
    }
    append("Conv", node, inputs, node.attributes, scale: node.inputs[6], zero: node.inputs[7])
    return true
  }

  private mutating func product(_ node: Node) -> Bool {
    guard node.inputs.count >= 8 else { return false }
    let (aScale, bScale) = (node.inputs[1], node.inputs[4])
    guard isScalar(aScale), isScalar(node.inputs[6]), sameCount(bScale, node.inputs[5]) else { return false }
    var axis: Int?
    if !isScalar(bScale) {
      // One scale a column; scales of more axes would have to be one per column of every matrix.
      guard let b = index.constant(named: node.inputs[3]), index.constant(named: bScale)?.rank == 1 else { return false }
      axis = b.rank - 1
    }
    let inputs = [dequantized(node.inputs[0], aScale, node.inputs[2]), dequantized(node.inputs[3], bScale, node.inputs[5], axis: axis)]
    append("MatMul", node, inputs, [], scale: node.inputs[6], zero: node.inputs[7])
    return true
  }

  private mutating func matrix(_ node: Node) throws(GraphError) -> Bool {
    guard node.inputs.count >= 6 else { return false }
    let gemm = try Gemm(node, opset: opset)
    let (aScale, bScale) = (node.inputs[1], node.inputs[4])
    let isReal = node.inputs.count < 9 || node.inputs[7].isEmpty
    guard isScalar(aScale), isReal || isScalar(node.inputs[7]), sameCount(bScale, node.inputs[5]) else { return false }
    let axis = isScalar(bScale) ? nil : gemm.transB ? 0 : 1
    var inputs = [dequantized(node.inputs[0], aScale, node.inputs[2]), dequantized(node.inputs[3], bScale, node.inputs[5], axis: axis)]
    if node.inputs.count > 6, !node.inputs[6].isEmpty {
      guard let bias = dequantizedBias(node.inputs[6], aScale, bScale, alpha: gemm.alpha) else { return false }
      inputs.append(bias)
    }
    if isReal {
      nodes.append(Node("Gemm", name: node.name, inputs: inputs, outputs: node.outputs, attributes: node.attributes))
    } else {
      append("Gemm", node, inputs, node.attributes, scale: node.inputs[7], zero: node.inputs[8])
    }
    return true
  }

  private mutating func linear(_ node: Node) throws(GraphError) -> Bool {
    let definition = try QLinearOperator(node, opset: opset)
    func input(_ i: Int) -> String { i < node.inputs.count ? node.inputs[i] : "" }
    let scales = definition.operands.map { input($0 + 1) } + [input(definition.resultScale)]
    // Without a zero point `QuantizeLinear` would not know the type; another version's operator would mean something else.
    guard scales.allSatisfy(isScalar), !input(definition.resultScale + 1).isEmpty, definition.opset >= 13 else { return false }
    var inputs: [String] = []
    for place in definition.operands { inputs.append(dequantized(input(place), input(place + 1), input(place + 2))) }
    let real = definition.real
    append(real.opType, node, inputs, real.attributes, scale: scales[scales.count - 1], zero: input(definition.resultScale + 1))
    return true
  }

  /// An operator that moves quantized numbers: on real ones, all outputs with the quantization of the first input.
  private mutating func carrier(_ node: Node) -> Bool {
    guard let x = node.inputs.first, let (scale, zero) = quantization[x], node.opType != "MaxPool" || node.outputs.count == 1 else {
      return false
    }
    let inputs = [dequantized(x, scale, zero)] + node.inputs.dropFirst()
    append(node.opType, node, inputs, node.attributes, scale: scale, zero: zero)
    return true
  }

  /// Padding with a quantized constant: with the real number that it stands for.
  private mutating func padding(_ node: Node) -> Bool {
    guard let x = node.inputs.first, let (scale, zero) = quantization[x], node.inputs.count >= 2,
      let step = index.constant(named: scale)?.floats()?.first, let level = index.constant(named: zero)?.integers()?.first
    else { return false }
    var value: Int64 = 0
    if node.inputs.count > 2, !node.inputs[2].isEmpty {
      guard let constant = index.constant(named: node.inputs[2])?.integers()?.first else { return false }
      value = constant
    }
    let name = names.fresh("\(node.outputs.first ?? "")_padding")
    added.append(Initializer(name, Tensor(scalar: Float(value - level) * step)))
    let inputs = [dequantized(x, scale, zero), node.inputs[1], name] + node.inputs.dropFirst(3)
    append("Pad", node, inputs, node.attributes, scale: scale, zero: zero)
    return true
  }

  // MARK: Their parts

  /// The real operator, its results quantized under the names of the old node's outputs.
  private mutating func append(_ opType: String, _ old: Node, _ inputs: [String], _ attributes: [Attribute], scale: String, zero: String) {
    let results = old.outputs.map { $0.isEmpty ? "" : names.fresh("\($0)_real") }
    nodes.append(Node(opType, name: old.name, inputs: inputs, outputs: results, attributes: attributes))
    for (result, y) in zip(results, old.outputs) where !y.isEmpty {
      nodes.append(Node("QuantizeLinear", name: names.fresh("\(y)_QuantizeLinear"), inputs: [result, scale, zero], outputs: [y]))
      quantization[y] = (scale, zero)
    }
  }

  /// The real value of a quantized one, made at its first use.
  private mutating func dequantized(_ value: String, _ scale: String, _ zero: String, axis: Int? = nil) -> String {
    let key = [value, scale, zero, axis.map { "\($0)" } ?? ""]
    if let made = reals[key] { return made }
    let real = names.fresh("\(value)_dequantized")
    reals[key] = real
    nodes.append(
      Node(
        "DequantizeLinear", name: names.fresh("\(value)_DequantizeLinear"), inputs: zero.isEmpty ? [value, scale] : [value, scale, zero],
        outputs: [real], attributes: axis.map { [Attribute("axis", .int(Int64($0)))] } ?? []))
    return real
  }

  /// A 32-bit bias in units of `alpha·a_scale·b_scale`; `nil` where the scales are not constants.
  private mutating func dequantizedBias(_ bias: String, _ aScale: String, _ bScale: String, alpha: Float) -> String? {
    guard let a = index.constant(named: aScale)?.floats()?.first, let b = index.constant(named: bScale), let scales = b.floats() else {
      return nil
    }
    let products = scales.map { alpha * a * $0 }
    // The channels lie along the bias's last axis.
    guard let values = index.constant(named: bias), products.count == 1 || values.shape.last == products.count else { return nil }
    let name = names.fresh("\(bias)_scale")
    added.append(Initializer(name, products.count == 1 ? Tensor(scalar: products[0]) : Tensor(products, shape: [products.count])))
    return dequantized(bias, name, "", axis: products.count == 1 ? nil : values.rank - 1)
  }

  /// Whether a constant has one element.
  private func isScalar(_ name: String) -> Bool { index.constant(named: name)?.count == 1 }

  /// Whether a scale and its zero point, where there is one, are constants of the same number of elements.
  private func sameCount(_ scale: String, _ zero: String) -> Bool {
    guard let scale = index.constant(named: scale), scale.rank <= 1 else { return false }
    return zero.isEmpty || index.constant(named: zero)?.count == scale.count
  }
}
