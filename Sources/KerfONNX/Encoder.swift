import Foundation
import KerfGraph
internal import SwiftProtobuf

/// Graph values → protobuf messages: each value's `extra` is decoded first, then the value's fields are set.
struct Encoder {
  /// Puts a large tensor's bytes elsewhere and says where, or `nil` to keep them in the message.
  var store: (Data) -> [StringStringEntryProto]? = { _ in nil }

  func model(_ model: Model) throws(ONNXError) -> ModelProto {
    var proto = try message(ModelProto.self, model.extra)
    proto.irVersion = model.irVersion
    if model.irVersion < 4 {
      // Until version 3 every initializer had to be an input as well. Kerf's are not.
      let inputs = Set(model.graph.inputs.map(\.name))
      if model.graph.initializers.contains(where: { !inputs.contains($0.name) }) { proto.irVersion = 4 }
    }
    if !model.producerName.isEmpty { proto.producerName = model.producerName }
    if !model.producerVersion.isEmpty { proto.producerVersion = model.producerVersion }
    proto.opsetImport = Self.opsets(model.opsets, kept: proto.opsetImport)
    if !Decoder.metadata(proto.metadataProps).elementsEqual(model.metadata, by: { $0 == $1 }) {
      proto.metadataProps = Self.metadata(model.metadata)
    }
    proto.graph = try graph(model.graph)
    for function in model.functions { proto.functions.append(try self.function(function)) }
    return proto
  }

  func graph(_ graph: Graph) throws(ONNXError) -> GraphProto {
    var proto = try message(GraphProto.self, graph.extra)
    if !graph.name.isEmpty { proto.name = graph.name }
    for node in graph.nodes { proto.node.append(try self.node(node)) }
    for initializer in graph.initializers {
      var tensor = try message(TensorProto.self, initializer.extra)
      tensor.name = initializer.name
      set(initializer.tensor, in: &tensor, mayMove: true)
      proto.initializer.append(tensor)
    }
    for info in graph.inputs { proto.input.append(try valueInfo(info)) }
    for info in graph.outputs { proto.output.append(try valueInfo(info)) }
    for info in graph.valueInfo { proto.valueInfo.append(try valueInfo(info)) }
    return proto
  }

  func node(_ node: Node) throws(ONNXError) -> NodeProto {
    var proto = try message(NodeProto.self, node.extra)
    proto.input = node.inputs
    proto.output = node.outputs
    proto.opType = node.opType
    if !node.name.isEmpty { proto.name = node.name }
    if !node.domain.isEmpty { proto.domain = node.domain }
    if !node.overload.isEmpty { proto.overload = node.overload }
    for attribute in node.attributes { proto.attribute.append(try self.attribute(attribute)) }
    return proto
  }

  func valueInfo(_ info: ValueInfo) throws(ONNXError) -> ValueInfoProto {
    var proto = try message(ValueInfoProto.self, info.extra)
    if !info.name.isEmpty { proto.name = info.name }
    let kept = try proto.hasType ? Decoder(files: ExternalData(directory: nil)).valueType(proto.type) : .unknown
    if kept != info.type {
      if let type = TypeProto(info.type) { proto.type = type } else { proto.clearType() }
    }
    return proto
  }

  func function(_ function: Function) throws(ONNXError) -> FunctionProto {
    var proto = try message(FunctionProto.self, function.extra)
    if !function.name.isEmpty { proto.name = function.name }
    if !function.domain.isEmpty { proto.domain = function.domain }
    if !function.overload.isEmpty { proto.overload = function.overload }
    proto.input = function.inputs
    proto.output = function.outputs
    proto.attribute = function.attributes
    proto.opsetImport = Self.opsets(function.opsets, kept: proto.opsetImport)
    for attribute in function.defaults { proto.attributeProto.append(try self.attribute(attribute)) }
    for node in function.nodes { proto.node.append(try self.node(node)) }
    return proto
  }

  func message<M: SwiftProtobuf.Message>(_: M.Type, _ bytes: [UInt8]) throws(ONNXError) -> M {
    if bytes.isEmpty { return M() }
    do {
      return try M(serializedBytes: bytes)
    } catch {
      throw ONNXError(.encoding, "what the file said beyond Kerf's fields is damaged: \(Decoder.reason(error))")
    }
  }

  static func metadata(_ entries: [(key: String, value: String)]) -> [StringStringEntryProto] {
    entries.map { entry in
      .with {
        $0.key = entry.key
        $0.value = entry.value
      }
    }
  }

  /// The versions by domain, in the order and spelling of the file.
  static func opsets(_ versions: [String: Int64], kept: [OperatorSetIdProto]) -> [OperatorSetIdProto] {
    if Decoder.opsets(kept) == versions { return kept }
    var rest = versions
    var result: [OperatorSetIdProto] = []
    for var entry in kept {
      guard let version = rest.removeValue(forKey: Decoder.domain(entry.domain)) else { continue }
      entry.version = version
      result.append(entry)
    }
    for (domain, version) in rest.sorted(by: { $0.key < $1.key }) {
      result.append(
        .with {
          $0.domain = domain
          $0.version = version
        })
    }
    return result
  }
}

extension TypeProto {
  init?(_ type: ValueType) {
    self.init()
    switch type {
    case .unknown: return nil
    case .opaque(let bytes):
      guard let kept = try? TypeProto(serializedBytes: bytes) else { return nil }
      self = kept
    case .tensor(let element, let shape):
      tensorType.elemType = element.rawValue
      guard let shape else { return }
      tensorType.shape = .with { proto in
        proto.dim = shape.map { dimension in
          .with {
            switch dimension {
            case .fixed(let extent): $0.value = .dimValue(Int64(extent))
            case .symbolic(let name): $0.value = .dimParam(name)
            case .unknown: break
            }
          }
        }
      }
    }
  }
}
