import KerfGraph

/// Rewrites a network in operator set 13, the first that knows a scale a channel.
///
/// Attributes that later became inputs (`Clip`, `Pad`, `Slice`, `Split`, `Squeeze`, `Unsqueeze`, `ReduceSum`) become constants. Other operators keep their
/// meaning, but for those that are refused.
enum OperatorSetRaise {
  static let target = 13

  /// Operators that mean something else in operator set 13, by the last set in which they meant that.
  private static let changed = ["Upsample": 9, "Resize": 10, "TopK": 10, "Scan": 8, "OneHot": 8, "Scatter": 10, "NonMaxSuppression": 10]

  /// Inputs after the first that were attributes until an operator set, in the order of the inputs.
  private static let moved: [String: (last: Int, attributes: [String])] = [
    "Clip": (10, ["min", "max"]), "Pad": (10, ["pads", "value"]), "Slice": (9, ["starts", "ends", "axes"]), "Split": (12, ["split"]),
    "Squeeze": (12, ["axes"]), "Unsqueeze": (12, ["axes"]), "ReduceSum": (12, ["axes"]),
  ]

  /// - Throws: `GraphError.unsupported` for an operator that cannot be carried over, naming the node.
  static func run(on model: inout Model) throws(GraphError) {
    let opset = model.opset
    guard opset < target else { return }
    var names = NameSupply(model.graph)
    var ranks: [String: Int] = [:]
    for (name, info) in try ShapeInference.infer(model) { ranks[name] = info.shape?.count }
    for i in model.graph.nodes.indices where model.graph.nodes[i].domain.isEmpty {
      var node = model.graph.nodes[i]
      if !node.subgraphs.isEmpty || opset <= changed[node.opType] ?? 0 {
        throw GraphError(
          .unsupported, node: node.label, "\(node.opType) of operator set \(opset) cannot be written in operator set \(target)")
      }
      if let (last, attributes) = moved[node.opType], opset <= last { moveToInputs(&node, attributes, &model.graph, &names) }
      if ["Softmax", "LogSoftmax", "Hardmax"].contains(node.opType) { try checkAxis(&node, rank: ranks[node.inputs[0]]) }
      if node.opType == "Dropout" { node.attributes.removeAll { $0.name == "ratio" } }
      if node.opType == "BatchNormalization" { node.attributes.removeAll { $0.name == "spatial" } }
      model.graph.nodes[i] = node
    }
    model.opsets[""] = Int64(target)
    model.irVersion = max(model.irVersion, 7)
  }

  private static func moveToInputs(_ node: inout Node, _ attributes: [String], _ graph: inout Graph, _ names: inout NameSupply) {
    var inputs = Array(node.inputs.prefix(1))
    for name in attributes {
      let tensor: Tensor? =
        switch node[attribute: name] {
        case .ints(let values)?: Tensor(values, shape: [values.count])
        case .float(let value)?: Tensor(scalar: value)
        default: nil
        }
      guard let tensor else {
        inputs.append("")
        continue
      }
      let made = names.fresh("\(node.label)/\(name)")
      graph.initializers.append(Initializer(made, tensor))
      inputs.append(made)
    }
    while inputs.count > 1, inputs.last == "" { inputs.removeLast() }
    node.inputs = inputs
    node.attributes.removeAll { attributes.contains($0.name) }
  }

  /// Until operator set 12 a softmax ran over all axes from `axis` on (1 by default), since 13 over that axis alone (the last by default).
  private static func checkAxis(_ node: inout Node, rank: Int?) throws(GraphError) {
    var axis = 1
    if case .int(let value)? = node[attribute: "axis"] { axis = Int(value) }
    guard let rank, axis == rank - 1 || axis == -1 else {
      throw GraphError(
        .unsupported, node: node.label, "\(node.opType) over the axes from \(axis) on cannot be written in operator set \(target)")
    }
    node.attributes.removeAll { $0.name == "axis" }
    node.attributes.append(Attribute("axis", .int(-1)))
  }
}
