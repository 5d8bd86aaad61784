/// Writes protobuf by hand, so that tests feed files that Kerf's own writer would not make.
struct Wire {
  var bytes: [UInt8] = []

  static func message(_ build: (inout Wire) -> Void) -> [UInt8] {
    var wire = Wire()
    build(&wire)
    return wire.bytes
  }

  private mutating func varint(_ value: UInt64) {
    var value = value
    while value >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: value) | 0x80)
      value >>= 7
    }
    bytes.append(UInt8(value))
  }

  mutating func int(_ field: Int, _ value: Int64) {
    varint(UInt64(field) << 3)
    varint(UInt64(bitPattern: value))
  }

  mutating func bytes(_ field: Int, _ content: [UInt8]) {
    varint(UInt64(field) << 3 | 2)
    varint(UInt64(content.count))
    bytes += content
  }

  mutating func string(_ field: Int, _ text: String) { bytes(field, Array(text.utf8)) }

  mutating func message(_ field: Int, _ build: (inout Wire) -> Void) { bytes(field, Wire.message(build)) }
}

/// A model around one initializer `w`, given as a hand-written `TensorProto`, and a node `Identity(w) → y`.
func model(tensor: (inout Wire) -> Void) -> [UInt8] {
  Wire.message { model in
    model.int(1, 8)
    model.message(7) { graph in
      graph.message(1) { node in
        node.string(1, "w")
        node.string(2, "y")
        node.string(4, "Identity")
      }
      graph.message(5) { proto in
        proto.string(8, "w")
        tensor(&proto)
      }
      graph.message(12) { $0.string(1, "y") }
    }
    model.message(8) { $0.int(2, 13) }
  }
}
