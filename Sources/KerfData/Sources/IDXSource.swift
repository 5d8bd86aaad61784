/// Two files of Yann LeCun's IDX format, gzipped or not: grey pictures `[n, height, width]` and classes `[n]`, both of bytes.
///
/// - Reference: http://yann.lecun.com/exdb/mnist/ (two zero bytes, the type 0x08, the number of extents, the extents big-endian, the data).
struct IDXSource: ImageSource {
  static let kind = "idx"

  let images: CardPath
  let labels: CardPath

  init(from section: inout CardSection) throws(DataError) {
    images = try section.path("images")
    labels = try section.path("labels")
  }

  func open() throws(DataError) -> any OpenSource {
    let path = try images.resolved()
    let (extents, pixels) = try Self.read(path)
    guard extents.count == 3, extents[1] > 0, extents[2] > 0 else {
      throw DataError(.format, at: path, "pictures have three extents, not \(extents)")
    }
    let labelPath = try labels.resolved()
    let (labelExtents, classes) = try Self.read(labelPath)
    guard labelExtents == [extents[0]] else {
      throw DataError(.format, at: labelPath, "\(extents[0]) pictures need the extents [\(extents[0])], not \(labelExtents)")
    }
    return Open(path: path, files: [path, labelPath], height: extents[1], width: extents[2], pixels: pixels, labels: classes)
  }

  private static func read(_ path: String) throws(DataError) -> (extents: [Int], data: ArraySlice<UInt8>) {
    var bytes = try Files.read(path)
    if bytes.starts(with: [0x1F, 0x8B]) {
      do { bytes = try Inflate.bytes(bytes, gzip: true, limit: 1 << 30) } catch { throw error.located(at: path) }
    }
    guard bytes.count >= 4, bytes[0] == 0, bytes[1] == 0, bytes[2] == 8, bytes[3] > 0, bytes.count >= 4 + 4 * Int(bytes[3]) else {
      throw DataError(.format, at: path, "not an IDX file of bytes")
    }
    let start = 4 + 4 * Int(bytes[3])
    let extents = stride(from: 4, to: start, by: 4).map { at in bytes[at..<(at + 4)].reduce(0) { $0 << 8 | Int($1) } }
    var size = 1
    for extent in extents {
      let (product, overflow) = size.multipliedReportingOverflow(by: extent)
      guard !overflow else { throw DataError(.format, at: path, "the extents \(extents) are too large") }
      size = product
    }
    guard bytes.count - start == size else {
      throw DataError(.format, at: path, "the extents \(extents) need \(size) bytes, but \(bytes.count - start) are there")
    }
    return (extents, bytes[start...])
  }

  private struct Open: OpenSource {
    let path: String
    let files: [String]
    let height: Int
    let width: Int
    let pixels: ArraySlice<UInt8>
    let labels: ArraySlice<UInt8>

    var count: Int { labels.count }
    func name(at index: Int) -> String { "\(path)#\(index)" }

    func item(at index: Int) throws(DataError) -> SourceItem {
      let start = pixels.startIndex + index * height * width
      let image = Image(planes: pixels[start..<(start + height * width)], width: width, height: height, channels: 1)
      return SourceItem(name: name(at: index), image: image, label: Int(labels[labels.startIndex + index]))
    }
  }
}
