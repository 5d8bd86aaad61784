/// A step between reading a picture and showing it to the network, in the order of the card's `prepare`.
public enum PrepareStep: Sendable, Equatable {
  /// The middle `size` × `size` pixels.
  case centreCrop(size: Int)
  /// To `size` × `size`.
  case resize(size: Int, filter: ResampleFilter)
  /// So that the shorter side is `size`; the longer is rounded to the nearest pixel.
  case resizeShorter(size: Int, filter: ResampleFilter)

  private enum Word: String, CaseIterable {
    case centreCrop = "centre-crop"
    case resize
    case resizeShorter = "resize-shorter"
  }

  init(from section: inout CardSection) throws(DataError) {
    let word: Word = try section.choice("step")
    let size = try section.integer("size", in: 1...65_536)
    switch word {
    case .centreCrop: self = .centreCrop(size: size)
    case .resize: self = .resize(size: size, filter: try section.choice("filter"))
    case .resizeShorter: self = .resizeShorter(size: size, filter: try section.choice("filter"))
    }
    try section.finish()
  }

  func apply(to image: Image) throws(DataError) -> Image {
    switch self {
    case .centreCrop(let size): return try image.centreCropped(width: size, height: size)
    case .resize(let size, let filter): return try Self.resize(image, width: size, height: size, filter: filter)
    case .resizeShorter(let size, let filter):
      let shorter = Double(min(image.width, image.height))
      let scaled = { (extent: Int) in max(1, Int((Double(extent) * Double(size) / shorter).rounded())) }
      return try Self.resize(image, width: scaled(image.width), height: scaled(image.height), filter: filter)
    }
  }

  private static func resize(_ image: Image, width: Int, height: Int, filter: ResampleFilter) throws(DataError) -> Image {
    guard width <= Image.maximumPixels / height else {
      throw DataError(
        .mismatch, "resizing \(image.width)×\(image.height) to \(width)×\(height) gives more pixels than \(Image.maximumPixels)")
    }
    return image.resized(width: width, height: height, filter: filter)
  }
}
