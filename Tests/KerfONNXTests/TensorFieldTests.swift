import KerfGraph
import KerfONNX
import Testing

/// Elements in the typed fields of `TensorProto`, which other writers use.
@Suite struct TensorFieldTests {
  static let cases: [(type: Int64, field: Int, bytes: [UInt8], expected: Tensor.Storage)] = [
    (1, 4, [0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0], .float([1, -2])),
    (11, 10, [0, 0, 0, 0, 0, 0, 0xf0, 0x3f, 0, 0, 0, 0, 0, 0, 0, 0], .double([1, 0])),
    (6, 5, [5, 6], .int32([5, 6])), (3, 5, [0x80, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01, 7], .int8([-128, 7])),
    (2, 5, [0xff, 0x01, 7], .uint8([255, 7])), (5, 5, [1, 2], .int16([1, 2])), (4, 5, [1, 2], .uint16([1, 2])),
    (9, 5, [1, 0], .bool([true, false])),
    (10, 5, [0x80, 0x78, 0], .float16([0x3c00, 0])), (16, 5, [0x80, 0x7f, 0], .bfloat16([0x3f80, 0])),
    (7, 7, [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01, 3], .int64([-1, 3])), (12, 11, [9, 8], .uint32([9, 8])),
    (13, 11, [9, 8], .uint64([9, 8])),
  ]

  @Test(arguments: cases.indices) func elementsInATypedFieldAreRead(_ index: Int) throws {
    let (type, field, bytes, expected) = Self.cases[index]
    let model = try ONNXFile.decode(
      model {
        $0.int(1, 2)
        $0.int(2, type)
        $0.bytes(field, bytes)
      })
    #expect(model.graph.initializers[0].tensor.storage == expected)
    #expect(try ONNXFile.decode(try ONNXFile.encode(model)) == model)
  }

  @Test func elementsOfACarriedTypeInATypedFieldComeOutAgain() throws {
    let bytes = model {
      $0.int(1, 2)
      $0.int(2, 17)
      $0.bytes(5, [0x38, 0x40])
    }
    let model = try ONNXFile.decode(bytes)
    #expect(model.graph.initializers[0].tensor == Tensor(shape: [2], storage: .opaque(ElementType(rawValue: 17), [])))
    #expect(try ONNXFile.encode(model).count == bytes.count)
  }
}
