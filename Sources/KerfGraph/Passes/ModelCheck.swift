extension Model {
  /// Checks the structure of the graph and of the functions, sorts nodes topologically, and checks that weights are finite.
  /// - Parameter weights: whether weights are looked at.
  /// - Throws: `GraphError.structure`, and `.value` where a convolution's or `Gemm`'s constant weights hold NaN or infinity.
  public mutating func checkAndSort(weights: Bool = true) throws(GraphError) {
    try graph.sortTopologically()
    for i in functions.indices {
      var body = Graph(
        name: functions[i].name, nodes: functions[i].nodes, inputs: functions[i].inputs.map { ValueInfo($0, .unknown) },
        outputs: functions[i].outputs.map { ValueInfo($0, .unknown) })
      try body.sortTopologically()
      functions[i].nodes = body.nodes
    }
    if weights { try graph.checkWeights() }
  }
}

extension Graph {
  private static let weighted: Set<String> = ["Conv", "ConvTranspose", "Gemm"]

  /// - Throws: `GraphError.value` where the constant weights of a convolution or `Gemm` are not finite.
  func checkWeights() throws(GraphError) {
    var constants = Dictionary(initializers.map { ($0.name, $0.tensor) }, uniquingKeysWith: { first, _ in first })
    for node in nodes where node.domain.isEmpty {
      if node.opType == "Constant", let output = node.outputs.first, case .tensor(let tensor)? = node[attribute: "value"] {
        constants[output] = tensor
      }
    }
    var checked: Set<String> = []
    for node in nodes where node.domain.isEmpty && Self.weighted.contains(node.opType) {
      for name in node.inputs.dropFirst() where checked.insert(name).inserted {
        guard let tensor = constants[name], let (position, value) = tensor.firstNonFinite else { continue }
        throw GraphError(.value, node: node.label, "weight '\(name)' has \(value) at element \(position)")
      }
    }
  }
}

extension Tensor {
  /// Position and value of the first element that is NaN or infinite.
  var firstNonFinite: (Int, Double)? {
    func first<T: BinaryFloatingPoint>(_ elements: [T]) -> (Int, Double)? {
      elements.firstIndex { !$0.isFinite }.map { ($0, Double(elements[$0])) }
    }
    switch storage {
    case .float(let elements): return elements.isFinite ? nil : first(elements)
    case .double(let elements): return first(elements)
    case .float16(let bits): return bits.firstIndex { $0 & 0x7c00 == 0x7c00 }.map { ($0, Double(HalfPrecision.float(half: bits[$0]))) }
    case .bfloat16(let bits): return bits.firstIndex { $0 & 0x7f80 == 0x7f80 }.map { ($0, Double(HalfPrecision.float(bfloat: bits[$0]))) }
    default: return nil
    }
  }
}

extension [Float] {
  /// Whether no element is NaN or infinite: added to the exponent's lowest bit, 1 carries into the sign only where all bits of the exponent are set.
  fileprivate var isFinite: Bool {
    var carries: UInt32 = 0
    for element in self { carries |= (element.bitPattern & 0x7fff_ffff) &+ 0x80_0000 }
    return carries < 0x8000_0000
  }
}
