import KerfGraph

extension Decoder {
  func attribute(_ source: consuming AttributeProto, label: String) throws(ONNXError) -> Attribute {
    var proto = source
    let name = proto.name
    if name.isEmpty { throw ONNXError(.structure, node: label, "an attribute has no name") }
    let kind = AttributeKind(proto)
    if kind == .carried { return Attribute(name, .opaque(try rest(proto))) }
    proto.clearName()
    let value = try value(of: &proto, kind: kind, where: "\(label).\(name)")
    proto.clearType()
    return Attribute(name, value, extra: try rest(proto))
  }

  /// Takes the value out of the message.
  private func value(of proto: inout AttributeProto, kind: AttributeKind, where label: String) throws(ONNXError) -> Attribute.Value {
    switch kind {
    case .reference:
      defer { proto.clearRefAttrName() }
      return .reference(proto.refAttrName, type: proto.type)
    case .float:
      defer { proto.clearF() }
      return .float(proto.f)
    case .int:
      defer { proto.clearI() }
      return .int(proto.i)
    case .string:
      defer { proto.clearS() }
      return .string([UInt8](proto.s))
    case .floats:
      defer { proto.floats = [] }
      return .floats(proto.floats)
    case .ints:
      defer { proto.ints = [] }
      return .ints(proto.ints)
    case .strings:
      defer { proto.strings = [] }
      return .strings(proto.strings.map { [UInt8]($0) })
    case .tensor:
      if !proto.hasT { throw ONNXError(.encoding, node: label, "the attribute should hold a tensor and holds none") }
      let tensor = try proto.t.take(from: files, label: label)
      // Names and documentation of the tensor stay in the rest.
      if proto.t == TensorProto() { proto.clearT() }
      return .tensor(tensor)
    case .tensors:
      var tensors: [Tensor] = []
      for i in proto.tensors.indices { tensors.append(try proto.tensors[i].take(from: files, label: label)) }
      if proto.tensors.allSatisfy({ $0 == TensorProto() }) { proto.tensors = [] }
      return .tensors(tensors)
    case .graph:
      if !proto.hasG { throw ONNXError(.encoding, node: label, "the attribute should hold a graph and holds none") }
      defer { proto.clearG() }
      return .graph(try graph(proto.g))
    case .graphs:
      var graphs: [Graph] = []
      for graph in proto.graphs { graphs.append(try self.graph(graph)) }
      proto.graphs = []
      return .graphs(graphs)
    case .carried:
      return .opaque(try rest(proto))
    }
  }
}

/// What an attribute holds, by ONNX's number of it (`AttributeProto.AttributeType`).
enum AttributeKind: Int32 {
  case carried = 0
  case float = 1
  case int = 2
  case string = 3
  case tensor = 4
  case graph = 5
  case floats = 6
  case ints = 7
  case strings = 8
  case tensors = 9
  case graphs = 10
  case reference = -1

  /// Files of the first IR versions leave the type out: it shows by the field that is there.
  init(_ proto: AttributeProto) {
    if !proto.refAttrName.isEmpty {
      self = .reference
    } else if proto.type > 0 {
      self = AttributeKind(rawValue: proto.type) ?? .carried
    } else if proto.hasF {
      self = .float
    } else if proto.hasI {
      self = .int
    } else if proto.hasS {
      self = .string
    } else if proto.hasT {
      self = .tensor
    } else if proto.hasG {
      self = .graph
    } else if !proto.floats.isEmpty {
      self = .floats
    } else if !proto.ints.isEmpty {
      self = .ints
    } else if !proto.strings.isEmpty {
      self = .strings
    } else if !proto.tensors.isEmpty {
      self = .tensors
    } else if !proto.graphs.isEmpty {
      self = .graphs
    } else {
      self = .carried
    }
  }
}
