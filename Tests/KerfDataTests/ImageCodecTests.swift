import KerfData
import Testing

@Suite struct ImageCodecTests {
  @Test("A picture is decoded to the very values Pillow decodes it to", arguments: Golden.all.codecs)
  func decodes(_ golden: Golden.Codec) throws {
    let image = try Image(decoding: golden.bytes)
    #expect([image.width, image.height, image.channels] == [golden.width, golden.height, golden.channels])
    #expect(image.pixels == golden.pixels.map(Float.init))
  }

  @Test("What is no readable picture is refused with the reason", arguments: Golden.all.refused)
  func refuses(_ golden: Golden.Refused) {
    let error = #expect(throws: DataError.self) { try Image(decoding: Golden.bytes(golden.file)) }
    #expect(error?.code == .format)
    #expect(error?.message.contains(golden.reason) == true, "\(String(describing: error))")
  }

  @Test("A picture cut short anywhere is an error", arguments: Golden.all.codecs)
  func cutShort(_ golden: Golden.Codec) {
    let bytes = golden.bytes
    for count in stride(from: 0, to: bytes.count - 1, by: 1 + bytes.count / 200) {
      // TIFF writers pad; the last byte may be none of the picture's, the last 8 always matter to PNG and JPEG.
      if golden.name.hasPrefix("TIFF"), count > bytes.count / 2 { break }
      #expect(throws: DataError.self, "\(count) of \(bytes.count) bytes") { try Image(decoding: Array(bytes[..<count])) }
    }
  }

  @Test("Changed bytes give a picture or an error, never a crash", arguments: Golden.all.codecs)
  func damaged(_ golden: Golden.Codec) {
    let bytes = golden.bytes
    // SplitMix64 from a fixed seed: the same damage each time.
    var state: UInt64 = 20_240_917
    func random(_ bound: Int) -> Int {
      state &+= 0x9E37_79B9_7F4A_7C15
      var z = state
      z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
      z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
      return Int((z ^ (z >> 31)) % UInt64(bound))
    }
    for _ in 0..<300 {
      var changed = bytes
      for _ in 0...random(4) { changed[random(changed.count)] = UInt8(random(256)) }
      do {
        let image = try Image(decoding: changed)
        #expect(image.pixels.count == image.width * image.height * image.channels)
      } catch {
        #expect(error.code == .format && !error.message.isEmpty)
      }
    }
  }

  @Test(
    "A small PNG that claims to be a large picture is refused before memory is taken",
    arguments: [(0x80, "more pixels than Kerf reads"), (0x20, "too short for its size")] as [(UInt8, String)])
  func hugeClaim(extent: UInt8, reason: String) throws {
    let image = Image(width: 2, height: 2, channels: 1, precision: .byte, pixels: [1, 2, 3, 4])
    var bytes = try image.encodedPNG()
    // The header's extents, with the checksum of the header they belong to: both `extent` · 256, 8-bit grey.
    bytes.replaceSubrange(16..<24, with: [0, 0, extent, 0, 0, 0, extent, 0])
    bytes.replaceSubrange(29..<33, with: Self.checksum(Array(bytes[12..<29])))
    let error = #expect(throws: DataError.self) { try Image(decoding: bytes) }
    #expect(error?.message.contains(reason) == true, "\(String(describing: error))")
  }

  @Test("What is written as PNG is read back the same", arguments: [1, 3])
  func roundTrip(channels: Int) throws {
    let pixels = (0..<(31 * 7 * channels)).map { Float(($0 * 37) % 256) }
    let image = Image(width: 31, height: 7, channels: channels, precision: .byte, pixels: pixels)
    #expect(try Image(decoding: image.encodedPNG()) == image)
  }

  @Test("Values are rounded to even and clipped when written")
  func rounding() throws {
    let image = Image(width: 6, height: 1, channels: 1, pixels: [-3, 0.5, 1.5, 254.6, 300, .nan])
    #expect(image.bytes == [0, 0, 2, 255, 255, 0])
  }

  @Test("A picture of two channels is not written") func twoChannels() {
    let image = Image(width: 1, height: 1, channels: 2, pixels: [1, 2])
    #expect(throws: DataError.self) { try image.encodedPNG() }
  }

  @Test("A missing file and a folder are errors that name the path") func missingFile() throws {
    let scratch = try Scratch()
    for path in [scratch.path + "/none.png", scratch.path] {
      let error = #expect(throws: DataError.self) { try Image(contentsOf: path) }
      #expect(error?.code == .file && error?.place == path)
    }
  }

  /// CRC-32 of a PNG chunk, big-endian.
  private static func checksum(_ bytes: [UInt8]) -> [UInt8] {
    var crc: UInt32 = 0xFFFF_FFFF
    for byte in bytes {
      crc ^= UInt32(byte)
      for _ in 0..<8 { crc = crc & 1 == 1 ? (crc >> 1) ^ 0xEDB8_8320 : crc >> 1 }
    }
    let result = ~crc
    return [24, 16, 8, 0].map { UInt8((result >> $0) & 0xFF) }
  }
}
