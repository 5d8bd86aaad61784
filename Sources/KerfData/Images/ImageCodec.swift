import CImageCodecs

/// The picture formats that are read, told apart by their first bytes.
///
/// | format | read as |
/// |---|---|
/// | PNG | grey or RGB, 8 or 16 bits; palettes become RGB, alpha is dropped (not composited), gamma and profiles are ignored |
/// | JPEG | grey or RGB; slow integer DCT and fancy upsampling, bit for bit libjpeg-turbo's; CMYK and what libjpeg warns about is refused |
/// | TIFF | the first page; grey or RGB, 8 or 16 bits, strips or tiles; other 8-bit kinds as libtiff converts them; CMYK is refused |
public enum ImageFormat: String, Sendable, CaseIterable {
  case png
  case jpeg
  case tiff

  /// The format whose signature the bytes start with.
  public init?(signature bytes: [UInt8]) {
    let signatures: [(ImageFormat, [UInt8])] = [
      (.png, [0x89, 0x50, 0x4E, 0x47]), (.jpeg, [0xFF, 0xD8, 0xFF]),
      (.tiff, [0x49, 0x49, 0x2A, 0x00]), (.tiff, [0x4D, 0x4D, 0x00, 0x2A]),
      (.tiff, [0x49, 0x49, 0x2B, 0x00]), (.tiff, [0x4D, 0x4D, 0x00, 0x2B]),
    ]
    guard let match = signatures.first(where: { bytes.starts(with: $0.1) }) else { return nil }
    self = match.0
  }
}

extension Image {
  /// More pixels than this (2²⁷, 134 million) are refused before memory is taken for them.
  public static let maximumPixels = 1 << 27

  /// The picture in the bytes of a PNG, JPEG or TIFF file.
  ///
  /// - Throws: `.format` with the codec's reason where the bytes are none of these, damaged, cut short or too large.
  public init(decoding bytes: [UInt8]) throws(DataError) {
    guard let format = ImageFormat(signature: bytes) else {
      throw DataError(.format, bytes.isEmpty ? "the file is empty" : "not a PNG, JPEG or TIFF file")
    }
    var decoded = kerf_codec_image()
    defer { kerf_codec_image_clear(&decoded) }
    // SAFETY: the decoder reads `count` bytes from a pointer valid for the call, and writes only into `decoded`, which it allocates.
    let status = bytes.withUnsafeBufferPointer { buffer in
      switch format {
      case .png: kerf_png_decode(buffer.baseAddress, buffer.count, Self.maximumPixels, &decoded)
      case .jpeg: kerf_jpeg_decode(buffer.baseAddress, buffer.count, Self.maximumPixels, &decoded)
      case .tiff: kerf_tiff_decode(buffer.baseAddress, buffer.count, Self.maximumPixels, &decoded)
      }
    }
    guard status == 0, let storage = decoded.pixels else {
      // SAFETY: the message is terminated and lives as long as `decoded`.
      let reason = String(cString: kerf_codec_image_message(&decoded))
      throw DataError(.format, "not a readable \(format.rawValue.uppercased()) file: \(reason)")
    }
    let count = decoded.width * decoded.height * decoded.channels
    let pixels: [Float]
    if decoded.bytes_per_sample == 2 {
      // SAFETY: a decoder that succeeds has filled width · height · channels samples of this size.
      pixels = UnsafeBufferPointer(start: storage.assumingMemoryBound(to: UInt16.self), count: count).map { Float($0) / 257 }
    } else {
      // SAFETY: as above, for samples of one byte.
      pixels = UnsafeBufferPointer(start: storage.assumingMemoryBound(to: UInt8.self), count: count).map { Float($0) }
    }
    self.init(
      width: decoded.width, height: decoded.height, channels: decoded.channels,
      precision: decoded.bytes_per_sample == 2 ? .real : .byte, pixels: pixels)
  }

  /// The picture in a PNG, JPEG or TIFF file.
  ///
  /// - Throws: `.file` where the file cannot be read, `.format` where it is no such picture; both name the file.
  public init(contentsOf path: String) throws(DataError) {
    let bytes = try Files.read(path)
    do { try self.init(decoding: bytes) } catch { throw error.located(at: path) }
  }

  /// The picture as the bytes of an 8-bit grey or RGB PNG file; values are rounded and clipped to 0...255.
  ///
  /// - Throws: `.format` where the picture has neither one nor three channels, or no pixels.
  public func encodedPNG() throws(DataError) -> [UInt8] {
    guard channels == 1 || channels == 3, width > 0, height > 0 else {
      throw DataError(.format, "a picture of \(width)×\(height)×\(channels) cannot be written as PNG")
    }
    var encoded = kerf_codec_buffer()
    defer { kerf_codec_buffer_clear(&encoded) }
    // SAFETY: `bytes` holds width · height · channels values, and the encoder writes only into `encoded`.
    let status = bytes.withUnsafeBufferPointer { kerf_png_encode($0.baseAddress, width, height, channels, &encoded) }
    guard status == 0 else {
      // SAFETY: the message is terminated and lives as long as `encoded`.
      throw DataError(.format, "the picture cannot be written as PNG: \(String(cString: kerf_codec_buffer_message(&encoded)))")
    }
    // SAFETY: an encoder that succeeds has filled `count` bytes.
    return [UInt8](UnsafeBufferPointer(start: encoded.bytes, count: encoded.count))
  }

  /// Writes ``encodedPNG()`` to a file.
  ///
  /// - Throws: `.format` or `.file`, naming the file.
  public func writePNG(to path: String) throws(DataError) {
    do { try Files.write(encodedPNG(), to: path) } catch { throw error.located(at: path) }
  }
}
