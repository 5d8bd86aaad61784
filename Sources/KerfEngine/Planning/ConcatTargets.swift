import KerfGraph

/// Which values are parts of a concatenation along channels, and from which channel on: their producers write them there.
///
/// Only those that nobody else reads: pixels far apart cost other readers more than a copy. Nor parts that share cache lines in a value too large
/// for the caches: its lines would come and go once a part. A concatenation may itself be part of another.
struct ConcatTargets {
  struct Target {
    /// The concatenation's output and its shape.
    let output: String
    let shape: [Int]
    let channel: Int
  }

  private var targets: [String: Target] = [:]
  /// Concatenations of parts of one size that only a 1×1 convolution reads: it reads the parts, and they are never put together.
  private(set) var products: Set<String> = []
  /// Floats of a value that stays in the caches.
  private static let near = 256 * 1024

  init(_ graph: InferredGraph, fetched: Set<String>) {
    var readers: [String: Int] = [:]
    for entry in graph.nodes {
      for input in entry.node.inputs { readers[input, default: 0] += 1 }
    }
    for entry in graph.nodes {
      guard let concat = entry.definition as? Concat, let name = entry.node.outputs.first,
        let shape = entry.outputs.first.flatMap({ $0.type == .float ? $0.fixedShape : nil }), ImageShape(shape) != nil,
        shape.reduce(1, *) > 0, concat.axis == 1 || concat.axis == 1 - shape.count
      else { continue }
      let counts = Set(entry.node.inputs.map { graph.info[$0]?.fixedShape?[1] ?? 0 })
      if counts.count == 1, counts != [0], !fetched.contains(name), readers[name] == 1,
        graph.nodes.contains(where: { Self.isProduct($0, of: name, graph) })
      {
        products.insert(name)
        continue
      }
      let isNear = shape.reduce(1, *) <= Self.near
      var channel = 0
      for input in entry.node.inputs {
        guard let part = graph.info[input]?.fixedShape, part.count == shape.count else { break }
        if part[1] > 0, part[1] < shape[1], readers[input] == 1, isNear || channel % 16 == 0 && part[1] % 16 == 0 {
          targets[input] = Target(output: name, shape: shape, channel: channel)
        }
        channel += part[1]
      }
    }
    addLevels(graph, fetched: fetched)
  }

  /// Whether the node is a 1×1 convolution of the value with constants, pixel by pixel.
  private static func isProduct(_ entry: InferredGraph.Entry, of name: String, _ graph: InferredGraph) -> Bool {
    guard entry.node.inputs.first == name, let conv = entry.definition as? Conv, conv.groups == 1,
      let w = graph.info[entry.node.inputs[1]]?.value, w.type == .float, let x = graph.info[name]?.fixedShape,
      let y = entry.outputs.first?.fixedShape, y[2...] == x[2...], y.reduce(1, *) > 0,
      let axes = try? conv.window.axes(input: Array(x[2...]), kernel: Array(w.shape[2...]), node: "")
    else { return false }
    if entry.node.inputs.count > 2, !entry.node.inputs[2].isEmpty, graph.info[entry.node.inputs[2]]?.value?.type != .float { return false }
    return axes.allSatisfy { $0.kernel == 1 && $0.stride == 1 && $0.before == 0 && $0.after == 0 }
  }

  /// Parts that are quantized by themselves, of a concatenation that is quantized alike.
  private mutating func addLevels(_ graph: InferredGraph, fetched: Set<String>) {
    var readers: [String: [Int]] = [:]
    for (i, entry) in graph.nodes.enumerated() {
      for input in entry.node.inputs where !input.isEmpty { readers[input, default: []].append(i) }
    }
    let makers = Dictionary(
      graph.nodes.enumerated().flatMap { i, entry in entry.node.outputs.map { ($0, i) } }, uniquingKeysWith: { a, _ in a })
    func sole(_ name: String) -> InferredGraph.Entry? {
      guard !fetched.contains(name), let all = readers[name], all.count == 1 else { return nil }
      return graph.nodes[all[0]]
    }
    func levels(_ node: Node) -> Levels? {
      guard node.inputs.count >= 2 else { return nil }
      let zero = node.inputs.count > 2 ? graph.info[node.inputs[2]]?.value : nil
      return Levels(scale: graph.info[node.inputs[1]]?.value, zeroPoint: zero, type: zero?.type ?? .uint8)
    }
    for entry in graph.nodes {
      guard let concat = entry.definition as? Concat, let shape = entry.outputs.first?.fixedShape, ImageShape(shape) != nil,
        shape.reduce(1, *) > 0, concat.axis == 1 || concat.axis == 1 - shape.count,
        let end = sole(entry.node.outputs[0]), end.node.opType == "QuantizeLinear", let wanted = levels(end.node)
      else { continue }
      var channel = 0
      for input in entry.node.inputs {
        guard let part = graph.info[input]?.fixedShape, part.count == shape.count else { break }
        defer { channel += part[1] }
        guard let maker = makers[input], case let node = graph.nodes[maker].node, node.opType == "DequantizeLinear", levels(node) == wanted,
          readers[input]?.count == 1, !fetched.contains(input), sole(node.inputs[0]) != nil, part[1] > 0, part[1] < shape[1],
          shape.reduce(1, *) <= 4 * Self.near || channel % 64 == 0 && part[1] % 64 == 0
        else { continue }
        targets[input] = nil
        targets[node.inputs[0]] = Target(output: end.node.outputs[0], shape: shape, channel: channel)
      }
    }
  }

  subscript(name: String) -> Target? { targets[name] }
}
