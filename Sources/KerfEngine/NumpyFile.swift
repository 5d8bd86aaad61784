import KerfGraph

/// NumPy's `.npy` format: one tensor a file.
///
/// Layout: `\x93NUMPY`, version, length of the header, a Python dictionary `{'descr': '<f4', 'fortran_order': False,
/// 'shape': (2, 3), }` padded with spaces to a multiple of 64 bytes, the elements. bfloat16 is `<V2`, as `ml_dtypes` writes it;
/// strings are `<U…` (code points of fixed number); byte strings `|S…` are read too.
/// - Reference: NumPy Enhancement Proposal 1, versions 1.0 to 3.0 of the format.
public enum NumpyFile {
  /// Reads a tensor.
  /// - Throws: `EngineError.input` with what is wrong: not the format, a header that cannot be read, too few bytes, objects.
  public static func decode(_ bytes: [UInt8]) throws(EngineError) -> Tensor {
    let (header, start) = try header(bytes)
    let fields = try NumpyHeader(header)
    let shape = fields.shape
    let count = try checkedCount(shape)
    let needed = count.multipliedReportingOverflow(by: fields.itemSize)
    guard !needed.overflow, needed.partialValue <= bytes.count - start else {
      throw EngineError(
        .input, "\(shape) of '\(fields.descr)' needs \(count) × \(fields.itemSize) bytes, the file has \(bytes.count - start)")
    }
    let body = bytes[start..<start + needed.partialValue]
    let fortran = fields.isFortranOrder && shape.count > 1
    let tensor = Tensor(shape: fortran ? shape.reversed() : shape, storage: try NumpyElements.decode(body, fields, count: count))
    if !fortran { return tensor }
    // Column-major elements are the row-major elements of the transpose.
    guard let transposed = tensor.picking(tensor.axisOffsets.reversed()) else { throw EngineError(.unsupported, "\(tensor.type)") }
    return transposed
  }

  /// The file of a tensor, format version 1.0, row-major, little-endian.
  /// - Throws: `EngineError.unsupported` for element types that are only carried.
  public static func encode(_ tensor: Tensor) throws(EngineError) -> [UInt8] {
    let (descr, body) = try NumpyElements.encode(tensor)
    let extents = tensor.shape.map { "\($0)" }.joined(separator: ", ") + (tensor.rank == 1 ? "," : "")
    var header = Array("{'descr': '\(descr)', 'fortran_order': False, 'shape': (\(extents)), }".utf8)
    header += [UInt8](repeating: 0x20, count: 63 - (10 + header.count) % 64) + [0x0a]
    guard header.count <= 0xffff else { throw EngineError(.unsupported, "a header of \(header.count) bytes") }
    return magic + [1, 0, UInt8(header.count & 0xff), UInt8(header.count >> 8)] + header + body
  }

  private static let magic = [0x93] + Array("NUMPY".utf8)

  /// The header's text and where the elements start.
  private static func header(_ bytes: [UInt8]) throws(EngineError) -> (text: String, end: Int) {
    guard bytes.count >= 12, Array(bytes[..<6]) == magic else { throw EngineError(.input, "no .npy file") }
    let isShort = bytes[6] == 1
    guard (1...3).contains(bytes[6]) else { throw EngineError(.input, "version \(bytes[6]).\(bytes[7]) of the .npy format") }
    let start = isShort ? 10 : 12
    let length = (8..<start).reduce(0) { $0 | Int(bytes[$1]) << (8 * ($1 - 8)) }
    guard length <= bytes.count - start else { throw EngineError(.input, "a header of \(length) bytes in a file of \(bytes.count)") }
    return (String(decoding: bytes[start..<start + length], as: UTF8.self), start + length)
  }

  private static func checkedCount(_ shape: [Int]) throws(EngineError) -> Int {
    do {
      return try Extents.count(shape, node: "")
    } catch {
      throw EngineError(.input, error.message)
    }
  }
}
