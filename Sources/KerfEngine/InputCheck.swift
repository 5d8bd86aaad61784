import KerfGraph

/// Whether what a caller feeds is what a graph states of its inputs.
public struct InputCheck: Sendable {
  private let inputs: [ValueInfo]

  public init(_ graph: Graph) { inputs = graph.inputs }

  /// - Throws: `EngineError.input` naming the first input that is missing, unknown, of another element type, or of a shape that
  ///   contradicts the stated one (equal symbols must be equal extents).
  public func check(_ fed: [String: Tensor], constants: [String: Tensor]) throws(EngineError) {
    for name in fed.keys.sorted() where !inputs.contains(where: { $0.name == name }) && constants[name] == nil {
      throw EngineError(.input, "the graph has no input '\(name)', only \(inputs.map { "'\($0.name)'" }.joined(separator: ", "))")
    }
    var symbols: [String: Int] = [:]
    for input in inputs {
      guard let tensor = fed[input.name] else {
        if constants[input.name] != nil { continue }
        throw EngineError(.input, "input '\(input.name)' is missing")
      }
      guard case .tensor(let type, let shape) = input.type else {
        if case .unknown = input.type { continue }
        throw EngineError(.unsupported, "input '\(input.name)' is no tensor")
      }
      if type != tensor.type { throw EngineError(.input, "input '\(input.name)' is \(tensor.type), the graph reads \(type)") }
      guard let shape else { continue }
      let fits =
        shape.count == tensor.rank
        && zip(shape, tensor.shape).allSatisfy { dimension, extent in
          switch dimension {
          case .fixed(let stated): return stated == extent
          case .symbolic(let symbol):
            let known = symbols[symbol] ?? extent
            symbols[symbol] = known
            return known == extent
          case .unknown: return true
          }
        }
      if !fits {
        throw EngineError(.input, "input '\(input.name)' of shape \(tensor.shape) does not fit into \(shape.map(\.text))")
      }
    }
  }
}

extension Dimension {
  fileprivate var text: String {
    switch self {
    case .fixed(let extent): "\(extent)"
    case .symbolic(let name): name
    case .unknown: "?"
    }
  }
}
