/// A picture `scale` times larger in each direction.
///
/// A source of pairs gives the small picture; for one that does not, the picture is cut to a multiple of `scale` at the right and the bottom
/// and reduced by the antialiased bicubic (a = −1/2), rounded to whole numbers. With `enlarge` the network gets the small picture enlarged
/// again by the bicubic, in the card's colour (the luma of VDSR), not rounded.
public struct SuperResolutionTask: DataTask {
  public static let kind = "super-resolution"
  public static let givesImages = true

  public let scale: Int
  public let enlarge: Bool

  public init(from section: inout CardSection) throws(DataError) {
    scale = try section.integer("scale", in: 1...64)
    enlarge = try section.optionalFlag("enlarge") ?? false
  }

  public func pose(
    _ item: SourceItem, index: Int, colour: Colour, prepare: [PrepareStep]
  ) throws(DataError) -> (input: Image, target: Target) {
    let (large, small) = try pair(item, prepare: prepare)
    guard small.width * scale == large.width, small.height * scale == large.height else {
      let extents = { (image: Image) in "\(image.width)×\(image.height)" }
      throw DataError(
        .mismatch, "the small picture has \(extents(small)) pixels, the large one \(extents(large)), which is not \(scale) times")
    }
    var input = colour.convert(small)
    if enlarge {
      let plain = Image(width: input.width, height: input.height, channels: input.channels, pixels: input.pixels)
      input = plain.resized(width: large.width, height: large.height, filter: .bicubic)
    }
    return (input, .image(colour.restore(colour.convert(large))))
  }

  private func pair(_ item: SourceItem, prepare: [PrepareStep]) throws(DataError) -> (large: Image, small: Image) {
    if let small = item.degraded {
      guard prepare.isEmpty else { throw DataError(.card, "'prepare' does not go with a source of pairs") }
      return (item.image, small)
    }
    let whole = try prepare.apply(to: item.image)
    let (columns, rows) = (whole.width / scale, whole.height / scale)
    guard columns > 0, rows > 0 else {
      throw DataError(.mismatch, "a picture of \(whole.width)×\(whole.height) is too small to be reduced \(scale) times")
    }
    let large = try whole.cropped(x: 0, y: 0, width: columns * scale, height: rows * scale)
    let plain = Image(width: large.width, height: large.height, channels: large.channels, pixels: large.pixels)
    return (large, plain.resized(width: columns, height: rows, filter: .bicubic).roundedToBytes)
  }
}
