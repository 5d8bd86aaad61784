import KerfDecomposition
import KerfGraph

/// What comes after a layer: the rectifier that reads its response, and how much the next layers react to each of its outputs.
struct ResponseReaders: Sendable {
  private let nodes: [Node]
  private let index: GraphIndex
  private let sites: [Int: LayerSite]
  private let values: [String: TensorInfo]

  /// - Parameter values: what shape inference found, by value name.
  init(_ model: Model, sites: [LayerSite], values: [String: TensorInfo]) {
    nodes = model.graph.nodes
    self.values = values
    index = GraphIndex(model.graph)
    self.sites = Dictionary(sites.map { ($0.index, $0) }, uniquingKeysWith: { first, _ in first })
  }

  /// The rectifier that is the only reader of the layer's response.
  func rectifier(after site: LayerSite) -> Rectifier? {
    index.onlyConsumer(of: site.output).flatMap { rectifier(nodes[$0]) }
  }

  private func rectifier(_ node: Node) -> Rectifier? {
    if !node.domain.isEmpty { return nil }
    switch node.opType {
    case "Relu": return Rectifier()
    case "LeakyRelu":
      guard case .float(let slope)? = node[attribute: "alpha"] else { return Rectifier(negativeSlope: 0.01) }
      return slope >= 0 && slope < 1 ? Rectifier(negativeSlope: Double(slope)) : nil
    case "Clip":
      func bound(_ name: String, _ place: Int) -> Double? {
        if case .float(let value)? = node[attribute: name] { return Double(value) }
        return node.inputs.count > place ? index.constant(named: node.inputs[place])?.doubles()?.first : nil
      }
      guard bound("min", 1) == 0, let upper = bound("max", 2), upper > 0 else { return nil }
      return Rectifier(upper: upper)
    default: return nil
    }
  }

  /// `D_n = E[r'(y_n)²] · Σ‖W[:, n]‖²` over the layers that read output `n`, `r` a rectifier right after the layer: the energy of their change
  /// when that output changes a little. Mean 1, at least 1 % of it; `nil` where no layer reads the response.
  ///
  /// Readers are found through operators that keep channels apart and in their order, and through concatenations of channels.
  func weights(of site: LayerSite, _ view: LayerView) -> [Double]? {
    let channels = site.kernel.outputs
    var weights = [Double](repeating: 0, count: channels)
    var visited: Set<String> = []
    // Values in which output n stands at channel `offset + n`.
    var open = [(name: site.output, offset: 0)]
    while let (name, offset) = open.popLast() {
      if !visited.insert(name).inserted { continue }
      for consumer in index.consumers(of: name) {
        let node = nodes[consumer]
        guard let output = node.outputs.first, node.domain.isEmpty else { continue }
        if let reader = sites[consumer], reader.input == name {
          for (n, energy) in Self.inputEnergies(reader.kernel).dropFirst(offset).prefix(channels).enumerated() { weights[n] += energy }
        } else if Self.transparent.contains(node.opType) {
          open.append((output, offset))
        } else if node.opType == "Flatten", values[name]?.fixedShape?.dropFirst(2).allSatisfy({ $0 == 1 }) == true {
          open.append((output, offset))
        } else if node.opType == "Concat", node[attribute: "axis"] == .int(1), let before = place(of: name, in: node) {
          open.append((output, offset + before))
        }
      }
    }
    if let rectifier = rectifier(after: site) {
      for (n, share) in Self.slopes(view, site.kernel, rectifier).enumerated() { weights[n] *= share }
    }
    let mean = weights.reduce(0, +) / Double(max(1, channels))
    guard mean > 0, mean.isFinite else { return nil }
    return weights.map { max(0.01, $0 / mean) }
  }

  private static let transparent: Set<String> = [
    "Relu", "LeakyRelu", "PRelu", "Clip", "Sigmoid", "Tanh", "Identity", "Dropout", "MaxPool", "AveragePool",
    "GlobalAveragePool", "Add", "Sub", "Sum",
  ]

  /// Channels that a concatenation puts before a value; `nil` where they are not known.
  private func place(of name: String, in node: Node) -> Int? {
    var sum = 0
    for input in node.inputs {
      if input == name { return sum }
      guard let shape = values[input]?.fixedShape, shape.count > 1 else { return nil }
      sum += shape[1]
    }
    return nil
  }

  /// `Σ_m,k W[m, c, k]² [C]`.
  private static func inputEnergies(_ kernel: ConvolutionKernel) -> [Double] {
    var energies = [Double](repeating: 0, count: kernel.inputs)
    let (perGroup, taps) = (kernel.inputsPerGroup, kernel.taps)
    for (i, weight) in kernel.weights.enumerated() {
      let output = i / (perGroup * taps)
      energies[output / kernel.outputsPerGroup * perGroup + i / taps % perGroup] += Double(weight) * Double(weight)
    }
    return energies
  }

  /// Positions that the mean slope of a rectifier is taken over: its share of 1 is known to 0.4 %.
  private static let slopePositions = 16_384

  /// `E[r'(y_n)²] [N]` on the original response, at positions spread over all batches.
  private static func slopes(_ view: LayerView, _ kernel: ConvolutionKernel, _ rectifier: Rectifier) -> [Double] {
    let (channels, perGroup) = (kernel.outputs, kernel.outputsPerGroup)
    let each = max(1, slopePositions / max(1, view.batches.count))
    var sums = [Double](repeating: 0, count: channels)
    var count = 0
    for (index, batch) in view.batches.enumerated() {
      guard case .float(let y) = batch.response.storage else { continue }
      let sampler = PatchSampler(kernel: kernel, inputShape: batch.input.shape, outputShape: batch.response.shape)
      let positions = sampler.positions(each, seed: UInt64(index))
      for group in 0..<kernel.groups {
        for (i, value) in sampler.responses(of: y, group: group, positions: positions).enumerated() {
          let slope = rectifier.slope(Double(value))
          sums[group * perGroup + i % perGroup] += slope * slope
        }
      }
      count += positions.count
    }
    return sums.map { $0 / Double(max(1, count)) }
  }
}
