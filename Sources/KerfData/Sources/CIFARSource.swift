/// One file of the CIFAR-10 binary layout: records of 1 label byte and 3072 bytes, planes R, G, B of 32 × 32.
struct CIFARSource: ImageSource {
  static let kind = "cifar"

  let path: CardPath

  init(from section: inout CardSection) throws(DataError) { path = try section.path("path") }

  func open() throws(DataError) -> any OpenSource {
    let path = try path.resolved()
    let bytes = try Files.read(path)
    guard !bytes.isEmpty, bytes.count % Open.record == 0 else {
      throw DataError(.format, at: path, "\(bytes.count) bytes are no whole number of records of \(Open.record) bytes")
    }
    return Open(path: path, bytes: bytes)
  }

  private struct Open: OpenSource {
    static let record = 3073
    let path: String
    let bytes: [UInt8]

    var count: Int { bytes.count / Self.record }
    func name(at index: Int) -> String { "\(path)#\(index)" }
    var files: [String] { [path] }

    func item(at index: Int) throws(DataError) -> SourceItem {
      let start = index * Self.record
      let image = Image(planes: bytes[(start + 1)..<(start + Self.record)], width: 32, height: 32, channels: 3)
      return SourceItem(name: name(at: index), image: image, label: Int(bytes[start]))
    }
  }
}

extension Image {
  /// A picture of bytes in planes (`[channels, height, width]`).
  init(planes: ArraySlice<UInt8>, width: Int, height: Int, channels: Int) {
    let plane = width * height
    var pixels = [Float](repeating: 0, count: planes.count)
    for channel in 0..<channels {
      for pixel in 0..<plane { pixels[pixel * channels + channel] = Float(planes[planes.startIndex + channel * plane + pixel]) }
    }
    self.init(width: width, height: height, channels: channels, precision: .byte, pixels: pixels)
  }
}
