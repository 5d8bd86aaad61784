import Foundation
import KerfGraph

extension Encoder {
  func attribute(_ attribute: Attribute) throws(ONNXError) -> AttributeProto {
    if case .opaque(let bytes) = attribute.value {
      var proto = try message(AttributeProto.self, bytes)
      proto.name = attribute.name
      return proto
    }
    var proto = try message(AttributeProto.self, attribute.extra)
    proto.name = attribute.name
    switch attribute.value {
    case .float(let value):
      proto.f = value
      proto.type = AttributeKind.float.rawValue
    case .int(let value):
      proto.i = value
      proto.type = AttributeKind.int.rawValue
    case .string(let bytes):
      proto.s = Data(bytes)
      proto.type = AttributeKind.string.rawValue
    case .tensor(let tensor):
      set(tensor, in: &proto.t, mayMove: false)
      proto.type = AttributeKind.tensor.rawValue
    case .graph(let graph):
      proto.g = try self.graph(graph)
      proto.type = AttributeKind.graph.rawValue
    case .floats(let values):
      proto.floats = values
      proto.type = AttributeKind.floats.rawValue
    case .ints(let values):
      proto.ints = values
      proto.type = AttributeKind.ints.rawValue
    case .strings(let values):
      proto.strings = values.map { Data($0) }
      proto.type = AttributeKind.strings.rawValue
    case .tensors(let tensors):
      if proto.tensors.count != tensors.count { proto.tensors = tensors.map { _ in TensorProto() } }
      for (i, tensor) in tensors.enumerated() { set(tensor, in: &proto.tensors[i], mayMove: false) }
      proto.type = AttributeKind.tensors.rawValue
    case .graphs(let graphs):
      for graph in graphs { proto.graphs.append(try self.graph(graph)) }
      proto.type = AttributeKind.graphs.rawValue
    case .reference(let name, let type):
      proto.refAttrName = name
      proto.type = type
    case .opaque: break
    }
    return proto
  }

  /// Writes extents, type and elements, as `raw_data` or, where `store` takes them, as external data.
  func set(_ tensor: Tensor, in proto: inout TensorProto, mayMove: Bool) {
    proto.dims = tensor.shape.map { Int64($0) }
    proto.dataType = tensor.type.rawValue
    let bytes: Data
    switch tensor.storage {
    case .float(let e): bytes = LittleEndian.bytes(e)
    case .double(let e): bytes = LittleEndian.bytes(e)
    case .int8(let e): bytes = LittleEndian.bytes(e)
    case .uint8(let e): bytes = LittleEndian.bytes(e)
    case .int16(let e): bytes = LittleEndian.bytes(e)
    case .uint16(let e): bytes = LittleEndian.bytes(e)
    case .int32(let e): bytes = LittleEndian.bytes(e)
    case .uint32(let e): bytes = LittleEndian.bytes(e)
    case .int64(let e): bytes = LittleEndian.bytes(e)
    case .uint64(let e): bytes = LittleEndian.bytes(e)
    case .bool(let e): bytes = LittleEndian.bytes(e.map { $0 ? UInt8(1) : 0 })
    case .float16(let e), .bfloat16(let e): bytes = LittleEndian.bytes(e)
    case .string(let e):
      proto.stringData = e.map { Data($0) }
      return
    case .opaque(_, let e):
      // Elements of carried types that were in typed fields are there still.
      if e.isEmpty, !proto.int32Data.isEmpty || !proto.floatData.isEmpty || !proto.doubleData.isEmpty || !proto.uint64Data.isEmpty {
        return
      }
      bytes = Data(e)
    }
    if mayMove, let place = store(bytes) {
      proto.externalData = place
      proto.dataLocation = 1
    } else {
      proto.rawData = bytes
    }
  }
}
