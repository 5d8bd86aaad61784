/// NumPy arrays: pictures `[n, height, width]` or `[n, height, width, channels]` of uint8 or float32 in 0...255, and optional classes `[n]`.
///
/// - Reference: NEP 1, A simple file format for NumPy arrays (little-endian, C order; versions 1 to 3).
struct NPYSource: ImageSource {
  static let kind = "npy"

  let images: CardPath
  let labels: CardPath?

  init(from section: inout CardSection) throws(DataError) {
    images = try section.path("images")
    labels = try section.optionalPath("labels")
  }

  func open() throws(DataError) -> any OpenSource {
    let path = try images.resolved()
    let pictures = try NPYArray(contentsOf: path)
    let shape = pictures.shape
    guard shape.count == 3 || (shape.count == 4 && (shape[3] == 1 || shape[3] == 3)), shape.dropFirst().allSatisfy({ $0 > 0 }) else {
      throw DataError(.format, at: path, "pictures have the shape [n, height, width] or [n, height, width, 1 or 3], not \(shape)")
    }
    guard pictures.type == "|u1" || pictures.type == "<f4" else {
      throw DataError(.format, at: path, "pictures are of the type |u1 or <f4, not \(pictures.type)")
    }
    guard let labelPath = try labels?.resolved() else { return Open(path: path, files: [path], pictures: pictures, labels: nil) }
    let classes = try NPYArray(contentsOf: labelPath)
    guard classes.shape == [shape[0]], ["|u1", "<i4", "<i8"].contains(classes.type) else {
      throw DataError(
        .format, at: labelPath, "classes have the shape [\(shape[0])] and a whole-number type, not \(classes.shape) of \(classes.type)")
    }
    return Open(path: path, files: [path, labelPath], pictures: pictures, labels: classes)
  }

  private struct Open: OpenSource {
    let path: String
    let files: [String]
    let pictures: NPYArray
    let labels: NPYArray?

    var count: Int { pictures.shape[0] }
    func name(at index: Int) -> String { "\(path)#\(index)" }

    func item(at index: Int) throws(DataError) -> SourceItem {
      let shape = pictures.shape
      let channels = shape.count == 4 ? shape[3] : 1
      let size = shape[1] * shape[2] * channels
      let values = (index * size)..<((index + 1) * size)
      let isByte = pictures.type == "|u1"
      let image = Image(
        width: shape[2], height: shape[1], channels: channels, precision: isByte ? .byte : .real,
        pixels: values.map { isByte ? Float(pictures.bits($0)) : Float(bitPattern: UInt32(pictures.bits($0))) })
      let label = labels.map { labels in
        let bits = labels.bits(index)
        return labels.type == "<i4" ? Int(Int32(truncatingIfNeeded: bits)) : Int(truncatingIfNeeded: bits)
      }
      return SourceItem(name: name(at: index), image: image, label: label)
    }
  }
}

/// An array in NumPy's file format, in C order.
struct NPYArray: Sendable {
  /// `|u1`, `<f4`, `<i8`, …
  let type: String
  let shape: [Int]
  private let size: Int
  private let data: ArraySlice<UInt8>

  /// - Throws: `.file`, or `.format` naming the file.
  init(contentsOf path: String) throws(DataError) {
    let bytes = try Files.read(path)
    let broken = DataError(.format, at: path, "not a NumPy array file that Kerf reads (little-endian, C order)")
    guard bytes.count >= 12, bytes.starts(with: [0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59]), (1...3).contains(bytes[6]) else { throw broken }
    let field = bytes[6] == 1 ? 2 : 4
    let length = bytes[8..<(8 + field)].reversed().reduce(0) { $0 << 8 | Int($1) }
    let start = 8 + field + length
    guard start <= bytes.count else { throw broken }
    let header = String(decoding: bytes[(8 + field)..<start], as: UTF8.self)
    guard let type = header.firstMatch(of: /'descr': *'([|<][a-z])([1248])'/), let size = Int(type.2),
      header.contains(/'fortran_order': *False/), let extents = header.firstMatch(of: /'shape': *\(([0-9, ]*)\)/)
    else { throw broken }
    self.type = "\(type.1)\(type.2)"
    self.size = size
    shape = extents.1.split(whereSeparator: { $0 == "," || $0 == " " }).compactMap { Int($0) }
    var count = size
    for extent in shape {
      let (product, overflow) = count.multipliedReportingOverflow(by: extent)
      guard !overflow else { throw broken }
      count = product
    }
    guard bytes.count - start == count else {
      throw DataError(.format, at: path, "the shape \(shape) needs \(count) bytes, but \(bytes.count - start) are there")
    }
    data = bytes[start...]
  }

  /// The bits of one element.
  func bits(_ index: Int) -> UInt64 {
    let at = data.startIndex + index * size
    return data[at..<(at + size)].reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }
}
