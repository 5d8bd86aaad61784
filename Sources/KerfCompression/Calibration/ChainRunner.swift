import KerfEngine
import KerfGraph
import Synchronization

/// Runs a few nodes of a network that follow each other on given values: each is planned once for a shape, and may run on several batches at a time.
final class ChainRunner: Sendable {
  private let nodes: [Node]
  private let outputs: [String]
  private let opsets: [String: Int64]
  private let constants: [Initializer]
  /// The values that the nodes read and do not make.
  private let reads: [String]
  private let options: EngineOptions
  private let sessions = Mutex<[String: Session]>([:])

  /// - Parameters:
  ///   - outputs: the values that `run` returns.
  ///   - weights: those that are not in the network (those of new factors).
  init(_ model: Model, _ nodes: [Node], outputs: [String], weights: [Initializer] = [], options: EngineOptions) {
    (self.nodes, self.outputs, self.options) = (nodes, outputs, options)
    opsets = model.opsets
    let lookup = ConstantLookup(model.graph)
    let names = Set(nodes.flatMap(\.reads)).subtracting(nodes.flatMap(\.outputs)).sorted()
    let fresh = Set(weights.map(\.name))
    let known = names.filter { !fresh.contains($0) }.compactMap { name in lookup[name].map { Initializer(name, $0) } }
    constants = weights + known
    reads = names.filter { !fresh.contains($0) && lookup[$0] == nil }
  }

  /// The values that the nodes make from `values`, which may hold others too.
  func run(_ values: [String: Tensor]) throws -> [String: Tensor] {
    var inputs: [String: Tensor] = [:]
    for name in reads {
      guard let value = values[name] else { throw EngineError(.input, node: nodes.first?.label, "value '\(name)' is not known") }
      inputs[name] = value
    }
    let key = reads.map { "\(inputs[$0]?.shape ?? [])" }.joined(separator: ";")
    if let planned = sessions.withLock({ $0[key] }) { return try planned.run(inputs) }
    let graph = Graph(
      name: "chain", nodes: nodes, initializers: constants,
      inputs: inputs.sorted { $0.key < $1.key }.map { name, tensor in
        ValueInfo(name, .tensor(tensor.type, tensor.shape.map { .fixed($0) }))
      },
      outputs: outputs.map { ValueInfo($0, .unknown) })
    let session = try Session(Model(opsets: opsets, graph: graph), shapes: inputs.mapValues(\.shape), options: options)
    sessions.withLock { $0[key] = session }
    return try session.run(inputs)
  }
}
