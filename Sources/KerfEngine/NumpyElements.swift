import KerfGraph

/// The elements of a `.npy` file.
enum NumpyElements {
  /// - Precondition: `body` holds `count` elements.
  /// - Throws: `EngineError.input` for types that are no tensor's.
  static func decode(_ body: ArraySlice<UInt8>, _ header: NumpyHeader, count: Int) throws(EngineError) -> Tensor.Storage {
    let big = header.isBigEndian
    switch (header.kind, header.size) {
    case ("f", 2): return .float16(integers(body, big))
    case ("f", 4): return .float(integers(body, big).map { Float(bitPattern: $0) })
    case ("f", 8): return .double(integers(body, big).map { Double(bitPattern: $0) })
    case ("V", 2): return .bfloat16(integers(body, big))
    case ("i", 1): return .int8(body.map { Int8(bitPattern: $0) })
    case ("i", 2): return .int16(integers(body, big))
    case ("i", 4): return .int32(integers(body, big))
    case ("i", 8): return .int64(integers(body, big))
    case ("u", 1): return .uint8(Array(body))
    case ("u", 2): return .uint16(integers(body, big))
    case ("u", 4): return .uint32(integers(body, big))
    case ("u", 8): return .uint64(integers(body, big))
    case ("b", 1): return .bool(body.map { $0 != 0 })
    case ("S", let size):
      return .string((0..<count).map { i in trimmed(body.dropFirst(i * size).prefix(size)) })
    case ("U", let size):
      let points: [UInt32] = integers(body, big)
      return .string(
        (0..<count).map { i in
          var text = String.UnicodeScalarView()
          for point in trimmed(points[i * size..<(i + 1) * size]) { text.append(Unicode.Scalar(point) ?? "\u{fffd}") }
          return Array(String(text).utf8)
        })
    case ("O", _): throw EngineError(.input, "Python objects ('\(header.descr)') are not read")
    default: throw EngineError(.input, "element type '\(header.descr)'")
    }
  }

  /// - Returns: The `descr` and the bytes.
  static func encode(_ tensor: Tensor) throws(EngineError) -> (descr: String, body: [UInt8]) {
    switch tensor.storage {
    case .float(let e): return ("<f4", bytes(e.map(\.bitPattern)))
    case .double(let e): return ("<f8", bytes(e.map(\.bitPattern)))
    case .float16(let e): return ("<f2", bytes(e))
    case .bfloat16(let e): return ("<V2", bytes(e))
    case .int8(let e): return ("|i1", e.map { UInt8(bitPattern: $0) })
    case .int16(let e): return ("<i2", bytes(e))
    case .int32(let e): return ("<i4", bytes(e))
    case .int64(let e): return ("<i8", bytes(e))
    case .uint8(let e): return ("|u1", e)
    case .uint16(let e): return ("<u2", bytes(e))
    case .uint32(let e): return ("<u4", bytes(e))
    case .uint64(let e): return ("<u8", bytes(e))
    case .bool(let e): return ("|b1", e.map { $0 ? 1 : 0 })
    case .string(let e):
      let texts = e.map { String(decoding: $0, as: UTF8.self).unicodeScalars.map(\.value) }
      let longest = max(1, texts.map(\.count).max() ?? 1)
      return ("<U\(longest)", bytes(texts.flatMap { $0 + [UInt32](repeating: 0, count: longest - $0.count) }))
    case .opaque(let type, _): throw EngineError(.unsupported, "elements of \(type) cannot be written as .npy")
    }
  }

  private static func trimmed<E: FixedWidthInteger>(_ padded: ArraySlice<E>) -> [E] {
    Array(padded[..<(padded.lastIndex { $0 != 0 }.map { $0 + 1 } ?? padded.startIndex)])
  }

  private static func integers<E: FixedWidthInteger>(_ body: ArraySlice<UInt8>, _ isBigEndian: Bool) -> [E] {
    let size = MemoryLayout<E>.size
    return body.withUnsafeBytes { raw in
      // SAFETY: `i` counts whole elements inside of the buffer; unaligned loads are allowed.
      (0..<raw.count / size).map { i in
        let value = raw.loadUnaligned(fromByteOffset: i * size, as: E.self)
        return isBigEndian ? E(bigEndian: value) : E(littleEndian: value)
      }
    }
  }

  private static func bytes<E: FixedWidthInteger>(_ elements: [E]) -> [UInt8] {
    let ordered = elements.map(\.littleEndian)
    // SAFETY: integers have no padding; the bytes are copied before the buffer ends.
    return ordered.withUnsafeBytes { Array($0) }
  }
}
