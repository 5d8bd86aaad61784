import KerfGraph

/// Which values are parts of a concatenation along channels, and from which channel on: their producers write them there.
///
/// Only those that nobody else reads: pixels far apart cost other readers more than a copy. A concatenation may itself be part of another.
struct ConcatTargets {
  struct Target {
    /// The concatenation's output and its shape.
    let output: String
    let shape: [Int]
    let channel: Int
  }

  private var targets: [String: Target] = [:]

  init(_ graph: InferredGraph) {
    var readers: [String: Int] = [:]
    for entry in graph.nodes {
      for input in entry.node.inputs { readers[input, default: 0] += 1 }
    }
    for entry in graph.nodes {
      guard let concat = entry.definition as? Concat, let name = entry.node.outputs.first,
        let shape = entry.outputs.first.flatMap({ $0.type == .float ? $0.fixedShape : nil }), ImageShape(shape) != nil,
        shape.reduce(1, *) > 0, concat.axis == 1 || concat.axis == 1 - shape.count
      else { continue }
      var channel = 0
      for input in entry.node.inputs {
        guard let part = graph.info[input]?.fixedShape, part.count == shape.count else { break }
        if part[1] > 0, part[1] < shape[1], readers[input] == 1 {
          targets[input] = Target(output: name, shape: shape, channel: channel)
        }
        channel += part[1]
      }
    }
  }

  subscript(name: String) -> Target? { targets[name] }
}
