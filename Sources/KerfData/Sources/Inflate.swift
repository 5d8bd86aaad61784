import CImageCodecs

/// Deflate streams, bare (zip) or with a gzip header.
enum Inflate {
  /// The inflated bytes, at most `limit` of them.
  ///
  /// - Throws: `.format` where the stream is damaged, ends early or is larger.
  static func bytes(_ compressed: [UInt8], gzip: Bool, limit: Int) throws(DataError) -> [UInt8] {
    var inflated = kerf_codec_buffer()
    defer { kerf_codec_buffer_clear(&inflated) }
    // SAFETY: zlib reads `count` bytes from a pointer valid for the call; `inflated` is allocated by the callee, at most `limit` + 1 bytes.
    let status = compressed.withUnsafeBufferPointer { kerf_inflate($0.baseAddress, $0.count, gzip ? 1 : 0, limit, &inflated) }
    guard status == 0 else {
      // SAFETY: the message is terminated and lives as long as `inflated`.
      throw DataError(.format, String(cString: kerf_codec_buffer_message(&inflated)))
    }
    // SAFETY: on success `count` bytes are filled.
    return [UInt8](UnsafeBufferPointer(start: inflated.bytes, count: inflated.count))
  }

  static func checksum(_ bytes: [UInt8]) -> UInt32 {
    // SAFETY: `count` bytes are read from a pointer valid for the call.
    bytes.withUnsafeBufferPointer { kerf_crc32($0.baseAddress, $0.count) }
  }
}
