import Foundation
import KerfGraph
internal import SwiftProtobuf

/// Protobuf messages → graph values.
///
/// Each message gives up what the value holds; the rest is encoded into the value's `extra`. A field that is there but says the default
/// (an empty name) stays in the rest, so that it is there again when written.
struct Decoder {
  let files: ExternalData

  /// - Parameter elements: the elements of initializers that `bytes` leave out.
  func model(_ bytes: [UInt8], elements: FileRegions? = nil) throws(ONNXError) -> Model {
    var proto: ModelProto
    do {
      proto = try ModelProto(serializedBytes: bytes)
    } catch {
      throw ONNXError(.encoding, "no ONNX model: \(Self.reason(error)) (\(elements?.file.size ?? bytes.count) bytes)")
    }
    guard proto.hasGraph else {
      throw ONNXError(.encoding, "no ONNX model: the file holds no graph (\(elements?.file.size ?? bytes.count) bytes)")
    }
    let whole = proto.graph
    proto.clearGraph()
    let decoded = try graph(whole, elements: elements)
    var functions: [Function] = []
    for function in proto.functions { functions.append(try self.function(function)) }
    proto.functions = []
    let version = proto.irVersion
    proto.clearIrVersion()
    var producer = ("", "")
    if !proto.producerName.isEmpty {
      producer.0 = proto.producerName
      proto.clearProducerName()
    }
    if !proto.producerVersion.isEmpty {
      producer.1 = proto.producerVersion
      proto.clearProducerVersion()
    }
    let opsets = Self.take(&proto.opsetImport)
    let metadata = Self.metadata(proto.metadataProps)
    if proto.metadataProps == Encoder.metadata(metadata) { proto.metadataProps = [] }
    return Model(
      irVersion: version, opsets: opsets, graph: decoded, functions: functions, producerName: producer.0, producerVersion: producer.1,
      metadata: metadata, extra: try rest(proto))
  }

  func graph(_ source: consuming GraphProto, elements: FileRegions? = nil) throws(ONNXError) -> Graph {
    var proto = source
    var result = Graph()
    try drain(&proto.node) { node throws(ONNXError) in result.nodes.append(try self.node(node)) }
    for (i, initializer) in proto.initializer.enumerated() {
      result.initializers.append(try self.initializer(initializer, elements: elements?[i]))
    }
    proto.initializer = []
    for info in proto.input { result.inputs.append(try valueInfo(info)) }
    proto.input = []
    for info in proto.output { result.outputs.append(try valueInfo(info)) }
    proto.output = []
    for info in proto.valueInfo { result.valueInfo.append(try valueInfo(info)) }
    proto.valueInfo = []
    result.carried = proto.sparseInitializer.map(\.values.name).filter { !$0.isEmpty }
    if !proto.name.isEmpty {
      result.name = proto.name
      proto.clearName()
    }
    result.extra = try rest(proto)
    return result
  }

  func node(_ source: consuming NodeProto) throws(ONNXError) -> Node {
    var proto = source
    var node = Node(proto.opType, inputs: proto.input, outputs: proto.output)
    proto.input = []
    proto.output = []
    proto.clearOpType()
    if !proto.name.isEmpty {
      node.name = proto.name
      proto.clearName()
    }
    node.domain = Self.domain(proto.domain)
    if !node.domain.isEmpty { proto.clearDomain() }
    if !proto.overload.isEmpty {
      node.overload = proto.overload
      proto.clearOverload()
    }
    let label = node.label
    try drain(&proto.attribute) { attribute throws(ONNXError) in node.attributes.append(try self.attribute(attribute, label: label)) }
    node.extra = try rest(proto)
    return node
  }

  func initializer(_ source: TensorProto, elements: FileRegion? = nil) throws(ONNXError) -> Initializer {
    var proto = source
    let name = proto.name
    let tensor = try proto.take(from: files, elements: elements, label: name.isEmpty ? "initializer without a name" : name)
    if name.isEmpty { throw ONNXError(.structure, "an initializer of shape \(tensor.shape) has no name") }
    proto.clearName()
    return Initializer(name, tensor, extra: try rest(proto))
  }

  func valueInfo(_ source: ValueInfoProto) throws(ONNXError) -> ValueInfo {
    var proto = source
    let name = proto.name
    if !name.isEmpty { proto.clearName() }
    let type = try proto.hasType ? valueType(proto.type) : .unknown
    // What the type says beyond element type and extents (denotations) keeps it in the rest as a whole.
    if proto.hasType, TypeProto(type) == proto.type { proto.clearType() }
    return ValueInfo(name, type, extra: try rest(proto))
  }

  func valueType(_ proto: TypeProto) throws(ONNXError) -> ValueType {
    guard proto.hasTensorType else {
      let bytes = try rest(proto)
      return bytes.isEmpty ? .unknown : .opaque(bytes)
    }
    let type = ElementType(rawValue: proto.tensorType.elemType)
    guard proto.tensorType.hasShape else { return .tensor(type, nil) }
    return .tensor(
      type,
      proto.tensorType.shape.dim.map { dimension in
        switch dimension.value {
        case .dimValue(let extent) where extent >= 0: .fixed(Int(extent))
        case .dimParam(let name) where !name.isEmpty: .symbolic(name)
        default: .unknown
        }
      })
  }

  func function(_ source: FunctionProto) throws(ONNXError) -> Function {
    var proto = source
    var function = Function(name: proto.name, domain: Self.domain(proto.domain), inputs: proto.input, outputs: proto.output, nodes: [])
    for node in proto.node { function.nodes.append(try self.node(node)) }
    for attribute in proto.attributeProto { function.defaults.append(try self.attribute(attribute, label: function.name)) }
    function.attributes = proto.attribute
    function.opsets = Self.take(&proto.opsetImport)
    proto.node = []
    proto.attributeProto = []
    proto.attribute = []
    proto.input = []
    proto.output = []
    if !proto.name.isEmpty { proto.clearName() }
    if !function.domain.isEmpty { proto.clearDomain() }
    if !proto.overload.isEmpty {
      function.overload = proto.overload
      proto.clearOverload()
    }
    function.extra = try rest(proto)
    return function
  }

  /// Hands out the messages of a list one by one, each no longer held by the list: what nobody shares is changed in place and not copied.
  private func drain<Element>(_ list: inout [Element], _ body: (consuming Element) throws(ONNXError) -> Void) throws(ONNXError) {
    var rest: [Element] = []
    swap(&rest, &list)
    rest.reverse()
    while let element = rest.popLast() { try body(element) }
  }

  /// What is left of a message, encoded.
  func rest(_ message: some SwiftProtobuf.Message) throws(ONNXError) -> [UInt8] {
    do {
      return try message.serializedBytes()
    } catch {
      throw ONNXError(.encoding, "a part of the model cannot be encoded again: \(Self.reason(error))")
    }
  }

  static func reason(_ error: any Error) -> String {
    switch error as? BinaryDecodingError {
    case .truncated?: "the file ends early"
    case .invalidUTF8?: "a name is not UTF-8"
    case .messageDepthLimit?: "it is nested too deeply"
    case .malformedProtobuf?, .trailingGarbage?: "the bytes are no protobuf message"
    default: "\(error)"
    }
  }

  /// ONNX's own domain has two spellings.
  static func domain(_ name: String) -> String { name == "ai.onnx" ? "" : name }

  static func opsets(_ entries: [OperatorSetIdProto]) -> [String: Int64] {
    Dictionary(entries.map { (domain($0.domain), $0.version) }, uniquingKeysWith: max)
  }

  /// The versions; where order or spelling of the entries says more, they stay.
  private static func take(_ entries: inout [OperatorSetIdProto]) -> [String: Int64] {
    let versions = opsets(entries)
    if entries == Encoder.opsets(versions, kept: []) { entries = [] }
    return versions
  }

  static func metadata(_ entries: [StringStringEntryProto]) -> [(key: String, value: String)] { entries.map { ($0.key, $0.value) } }
}
