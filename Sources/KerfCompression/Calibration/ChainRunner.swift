import KerfEngine
import KerfGraph

/// Runs single nodes, or short chains of them, of a network on given values.
///
/// Calibration walks through two versions of a network side by side and needs every node by itself; each is planned once and kept.
struct ChainRunner {
  private let opsets: [String: Int64]
  private let constants: ConstantLookup
  private let options: EngineOptions
  private var sessions: [String: Session] = [:]

  init(_ model: Model, options: EngineOptions) {
    opsets = model.opsets
    constants = ConstantLookup(model.graph)
    self.options = options
  }

  /// The values that `nodes` make from `values`.
  /// - Parameters:
  ///   - key: names this chain for the cache of plans: equal keys mean equal nodes and weights.
  ///   - extra: weights that are not in the network (those of new factors).
  mutating func evaluate(
    _ nodes: [Node], key: String, values: [String: Tensor], outputs: [String], extra: [Initializer] = []
  ) throws(EngineError) -> [String: Tensor] {
    let made = Set(nodes.flatMap(\.outputs))
    let fresh = Dictionary(extra.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    var initializers: [Initializer] = []
    var inputs: [String: Tensor] = [:]
    for name in Set(nodes.flatMap(\.inputs)).subtracting(made).subtracting([""]).sorted() {
      if let value = values[name] {
        inputs[name] = value
      } else if let added = fresh[name] {
        initializers.append(added)
      } else if let constant = constants[name] {
        initializers.append(Initializer(name, constant))
      } else {
        throw EngineError(.input, node: nodes.first?.label, "value '\(name)' is not known")
      }
    }
    let shapes = inputs.keys.sorted().map { "\($0)\(inputs[$0]?.shape ?? [])" }.joined(separator: ";")
    let id = key + "|" + shapes
    let session: Session
    if let planned = sessions[id] {
      session = planned
    } else {
      let graph = Graph(
        name: key, nodes: nodes, initializers: initializers,
        inputs: inputs.sorted { $0.key < $1.key }.map { name, tensor in
          ValueInfo(name, .tensor(tensor.type, tensor.shape.map { .fixed($0) }))
        },
        outputs: outputs.map { ValueInfo($0, .unknown) })
      session = try Session(
        Model(opsets: opsets, graph: graph), shapes: inputs.mapValues(\.shape), options: options)
      sessions[id] = session
    }
    return try session.run(inputs)
  }

  /// Forgets the plans of a chain that is done with.
  mutating func forget(key: String) {
    sessions = sessions.filter { !$0.key.hasPrefix(key + "|") }
  }
}
