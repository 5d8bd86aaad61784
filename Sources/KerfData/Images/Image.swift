/// A picture as numbers: rows from the top, channels interleaved (`[height, width, channels]`), each value in 0...255.
///
/// 16-bit samples are divided by 257, so that white is 255 whatever the depth. Three channels are R, G, B unless a ``Colour`` of a card
/// has reordered them.
public struct Image: Sendable, Equatable {
  /// What the values were before they became floats; it decides how arithmetic on the picture rounds.
  public enum Precision: Sendable {
    /// Whole numbers 0...255: resampling rounds to whole numbers after each direction, as it does in 8-bit pictures.
    case byte
    /// Anything else: nothing is rounded or clipped.
    case real
  }

  public let width: Int
  public let height: Int
  public let channels: Int
  public let precision: Precision
  public var pixels: [Float]

  /// A picture of the values given.
  ///
  /// - Precondition: `pixels.count == width * height * channels`.
  public init(width: Int, height: Int, channels: Int, precision: Precision = .real, pixels: [Float]) {
    precondition(pixels.count == width * height * channels, "\(pixels.count) values for a picture of \(width)×\(height)×\(channels)")
    self.width = width
    self.height = height
    self.channels = channels
    self.precision = precision
    self.pixels = pixels
  }

  /// The values rounded to the nearest whole number (halves to even) and clipped to 0...255; a value that is no number becomes 0.
  public var bytes: [UInt8] {
    pixels.map { value in
      value.isNaN ? 0 : UInt8(min(max(value, 0), 255).rounded(.toNearestOrEven))
    }
  }

  /// The same picture with whole-number values in 0...255.
  public var roundedToBytes: Image {
    Image(width: width, height: height, channels: channels, precision: .byte, pixels: bytes.map(Float.init))
  }

  /// The part of `width` × `height` pixels whose top left corner is (`x`, `y`).
  ///
  /// - Throws: `.mismatch` where the part is not inside the picture.
  public func cropped(x: Int, y: Int, width newWidth: Int, height newHeight: Int) throws(DataError) -> Image {
    guard newWidth > 0, newHeight > 0, x >= 0, y >= 0, newWidth <= width - x, newHeight <= height - y else {
      throw DataError(.mismatch, "a crop of \(newWidth)×\(newHeight) at (\(x), \(y)) does not fit the picture of \(width)×\(height)")
    }
    var part: [Float] = []
    part.reserveCapacity(newWidth * newHeight * channels)
    for row in y..<(y + newHeight) {
      let start = (row * width + x) * channels
      part.append(contentsOf: pixels[start..<(start + newWidth * channels)])
    }
    return Image(width: newWidth, height: newHeight, channels: channels, precision: precision, pixels: part)
  }

  /// The middle: the left and top margins are ⌊(extent − size) / 2⌋.
  ///
  /// - Throws: `.mismatch` where the picture is smaller.
  public func centreCropped(width newWidth: Int, height newHeight: Int) throws(DataError) -> Image {
    try cropped(x: (width - newWidth) >> 1, y: (height - newHeight) >> 1, width: newWidth, height: newHeight)
  }
}
