/// Who makes and who reads each value of a graph, by position in `nodes`.
///
/// A snapshot: make a new one after the graph changed.
public struct GraphIndex: Sendable {
  private let producers: [String: Int]
  private let readers: [String: [Int]]
  private let outputs: Set<String>
  private let constants: [String: Tensor]

  /// - Complexity: linear in the number of names.
  public init(_ graph: Graph) {
    var producers: [String: Int] = [:]
    var readers: [String: [Int]] = [:]
    var constants: [String: Tensor] = [:]
    for initializer in graph.initializers { constants[initializer.name] = initializer.tensor }
    for (i, node) in graph.nodes.enumerated() {
      for output in node.outputs where !output.isEmpty { producers[output] = i }
      for name in node.reads where readers[name]?.last != i { readers[name, default: []].append(i) }
      if let tensor = node.constantValue, let output = node.outputs.first { constants[output] = tensor }
    }
    self.producers = producers
    self.readers = readers
    self.constants = constants
    outputs = Set(graph.outputs.map(\.name))
  }

  /// The node that makes the value, or `nil` for inputs, initializers and unknown names.
  public func producer(of name: String) -> Int? { producers[name] }

  /// The nodes that read the value, directly or in a subgraph, each once, in order.
  public func consumers(of name: String) -> [Int] { readers[name] ?? [] }

  /// Whether the value is one of the graph's outputs.
  public func isOutput(_ name: String) -> Bool { outputs.contains(name) }

  /// The one node that reads the value, where nothing else does and it is no output of the graph.
  public func onlyConsumer(of name: String) -> Int? {
    let all = consumers(of: name)
    return all.count == 1 && !isOutput(name) ? all[0] : nil
  }

  /// The elements of an initializer or of a `Constant` node's output.
  ///
  /// An initializer that is also a graph input is a constant too: such files list their weights as inputs, and nobody feeds them.
  public func constant(named name: String) -> Tensor? { constants[name] }
}

extension Graph {
  /// The elements of an initializer or of a `Constant` node's output, see `GraphIndex.constant(named:)`.
  /// - Complexity: linear; make a `GraphIndex` for many questions.
  public func constant(named name: String) -> Tensor? {
    initializers.first { $0.name == name }?.tensor ?? nodes.first { $0.outputs.first == name }?.constantValue
  }
}

extension Node {
  /// The tensor that a `Constant` node makes, in whichever attribute it is given.
  public var constantValue: Tensor? {
    guard opType == "Constant", domain.isEmpty else { return nil }
    for attribute in attributes {
      switch (attribute.name, attribute.value) {
      case ("value", .tensor(let tensor)): return tensor
      case ("value_float", .float(let value)): return Tensor(scalar: value)
      case ("value_int", .int(let value)): return Tensor(scalar: value)
      case ("value_floats", .floats(let values)): return Tensor(values, shape: [values.count])
      case ("value_ints", .ints(let values)): return Tensor(values, shape: [values.count])
      case ("value_string", .string(let bytes)): return Tensor(shape: [], storage: .string([bytes]))
      case ("value_strings", .strings(let strings)): return Tensor(shape: [strings.count], storage: .string(strings))
      default: continue
      }
    }
    return nil
  }
}
