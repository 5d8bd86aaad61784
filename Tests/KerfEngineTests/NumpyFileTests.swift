import KerfEngine
import KerfGraph
import Testing

@Suite struct NumpyFileTests {
  private static let tensors: [Tensor] = [
    Tensor(scalar: -0.5 as Float),
    Tensor([1, 2, 3] as [Float], shape: [3]),
    Tensor([Float](), shape: [0, 7]),
    Tensor(shape: [2], storage: .double([.infinity, 1e-300])),
    Tensor(shape: [2, 1], storage: .float16([0x3c00, 0x7e01])),
    Tensor(shape: [1, 2], storage: .bfloat16([0x3f80, 0xc000])),
    Tensor(shape: [2], storage: .int8([-128, 127])), Tensor(shape: [2], storage: .uint8([0, 255])),
    Tensor(shape: [2], storage: .int16([.min, .max])), Tensor(shape: [2], storage: .uint16([0, .max])),
    Tensor(shape: [2], storage: .int32([.min, .max])), Tensor(shape: [2], storage: .uint32([0, .max])),
    Tensor([.min, .max] as [Int64], shape: [2]), Tensor(shape: [2], storage: .uint64([0, .max])),
    Tensor([true, false, true, true], shape: [2, 2]),
    Tensor(shape: [3], storage: .string(["", "Ω", "kerf"].map { Array($0.utf8) })),
  ]

  @Test(arguments: tensors) func everyElementTypeComesBack(_ tensor: Tensor) throws {
    let bytes = try NumpyFile.encode(tensor)
    #expect(try NumpyFile.decode(bytes) == tensor)
    let header = 10 + Int(bytes[8]) + Int(bytes[9]) << 8
    #expect(header % 64 == 0 && bytes[header - 1] == 0x0a)
  }

  private func file(_ header: String, version: UInt8 = 1, _ body: [UInt8]) -> [UInt8] {
    let count = header.utf8.count
    let length = version == 1 ? [UInt8(count & 0xff), UInt8(count >> 8)] : [UInt8(count & 0xff), UInt8(count >> 8), 0, 0]
    return [0x93] + Array("NUMPY".utf8) + [version, 0] + length + Array(header.utf8) + body
  }

  @Test func columnMajorAndBigEndianFilesAreTurned() throws {
    let header = "{'descr': '>i2', 'fortran_order': True, 'shape': (2, 3), }"
    for version: UInt8 in [1, 2, 3] {
      let tensor = try NumpyFile.decode(file(header, version: version, [0, 1, 0, 4, 0, 2, 0, 5, 0, 3, 1, 6]))
      #expect(tensor == Tensor(shape: [2, 3], storage: .int16([1, 2, 3, 4, 5, 262])))
    }
  }

  @Test(arguments: [
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (3,), }", "12 bytes"),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (3,), ", "needs"),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (4611686018427387904, 4), }", "elements"),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (-1,), }", "extent"),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': 3, }", "shape"),
    ("{'descr': '|O', 'fortran_order': False, 'shape': (), }", "element type"),
    ("{'descr': '|O8', 'fortran_order': False, 'shape': (), }", "objects"),
    ("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (), }", "records"),
    ("{'fortran_order': False, 'shape': ()}", "lacks"),
    ("", "lacks"),
  ]) func headersThatCannotBeReadSayWhy(_ header: String, reason: String) {
    do {
      _ = try NumpyFile.decode(file(header, [1, 2, 3, 4, 5, 6, 7, 8]))
      Issue.record("'\(header)' was read")
    } catch {
      #expect(error.code == .input)
      #expect(error.message.contains(reason) || reason == "12 bytes" && error.message.contains("3 × 4"), "\(error.message)")
    }
  }

  @Test func everyTruncationAndEveryFlippedByteIsAnErrorOrATensor() throws {
    let bytes = try NumpyFile.encode(Tensor([1, 2, 3, 4] as [Int64], shape: [2, 2]))
    for length in bytes.indices {
      do {
        _ = try NumpyFile.decode(Array(bytes[..<length]))
        Issue.record("\(length) bytes were read")
      } catch { #expect(error.code == .input) }
    }
    for at in bytes.indices {
      for flip: UInt8 in [1, 0x10, 0x80, 0xff] {
        var broken = bytes
        broken[at] ^= flip
        _ = try? NumpyFile.decode(broken)
      }
    }
  }
}
