/// Removes `Identity`, and `Dropout` outside training: who read their output reads their input.
///
/// The graph's inputs and outputs keep their names. An identity between an input or constant and an output stays, and so does one whose
/// values a subgraph reads.
public struct EliminateIdentities: Pass {
  public static let name = "eliminate-identities"
  public static let summary = "Removes Identity, and Dropout outside training."

  public init() {}

  public func run(on model: inout Model, with context: PassContext) throws(GraphError) {
    model.graph.eliminateIdentities(opset: model.opset)
  }
}

extension Graph {
  /// See `EliminateIdentities`.
  /// - Complexity: linear in the number of names.
  public mutating func eliminateIdentities(opset: Int) {
    let index = GraphIndex(self)
    var captured: Set<String> = []
    for node in nodes { for graph in node.subgraphs { captured.formUnion(graph.capturedNames) } }
    // Value to read instead, and output's name that the making node takes over.
    var instead: [String: String] = [:]
    var takeover: [String: String] = [:]
    var removed: Set<Int> = []
    func source(_ name: String) -> String {
      var name = name
      while let next = instead[name] { name = next }
      return name
    }
    for (i, node) in nodes.enumerated() {
      guard let x = node.inputs.first, let y = node.outputs.first, !x.isEmpty, !y.isEmpty, !captured.contains(y) else { continue }
      guard node.isIdentity(opset: opset, index: index) else { continue }
      let root = source(x)
      if index.isOutput(y) {
        // The maker of the value takes the output's name, where it does not bear another one that must stay.
        guard index.producer(of: root) != nil, !index.isOutput(root), takeover[root] == nil, !captured.contains(root) else { continue }
        takeover[root] = y
      }
      instead[y] = root
      removed.insert(i)
    }
    if removed.isEmpty { return }
    func renamed(_ name: String) -> String {
      let root = source(name)
      return takeover[root] ?? root
    }
    for i in nodes.indices where !removed.contains(i) {
      nodes[i].inputs = nodes[i].inputs.map { $0.isEmpty ? "" : renamed($0) }
      nodes[i].outputs = nodes[i].outputs.map { takeover[$0] ?? $0 }
    }
    nodes = nodes.indices.filter { !removed.contains($0) }.map { nodes[$0] }
    let alive = definedNames
    valueInfo.removeAll { !alive.contains($0.name) }
  }
}

extension Node {
  /// Whether the first output is always the first input and no other output is used.
  fileprivate func isIdentity(opset: Int, index: GraphIndex) -> Bool {
    guard domain.isEmpty else { return false }
    if opType == "Identity" { return true }
    guard opType == "Dropout", opset >= 7 else { return false }
    for mask in outputs.dropFirst() where !mask.isEmpty && (!index.consumers(of: mask).isEmpty || index.isOutput(mask)) { return false }
    if opset < 12 || inputs.count < 3 || inputs[2].isEmpty { return true }
    guard let training = index.constant(named: inputs[2])?.integers()?.first else { return false }
    return training == 0
  }
}
