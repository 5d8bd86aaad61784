/// How a network's output becomes a picture: pixel = clip(value · multiply + add), then rounded where the card says so.
public struct OutputRules: Sendable, Equatable {
  public let layout: InputRules.Layout
  public let colour: Colour
  public let multiply: Double
  public let add: Double
  /// The range values are clipped to, in 0...255 levels.
  public let clip: ClosedRange<Double>?
  /// Round to whole numbers, halves to even.
  public let round: Bool

  init(from section: CardSection?, layout: InputRules.Layout, colour: Colour) throws(DataError) {
    var section = section
    self.layout = layout
    self.colour = colour
    multiply = try section?.optionalNumber("multiply") ?? 1
    add = try section?.optionalNumber("add") ?? 0
    round = try section?.optionalFlag("round") ?? false
    guard let bounds = try section?.optionalNumbers("clip") else {
      clip = nil
      try section?.finish()
      return
    }
    guard bounds.count == 2, bounds[0] < bounds[1] else {
      throw section?.error("clip", "must be two numbers, the lower first") ?? DataError(.card, "'clip' must be two numbers")
    }
    clip = bounds[0]...bounds[1]
    try section?.finish()
  }

  /// The picture in one sample's output, in grey or R, G, B.
  ///
  /// - Parameter shape: `[C, H, W]` or `[H, W, C]`, with any number of leading extents 1; `[H, W]` where the picture has one channel.
  /// - Throws: `.mismatch` where the shape is no picture of the card's channels, `.notFinite` where a value is no number.
  public func image(from values: [Float], shape: [Int]) throws(DataError) -> Image {
    var extents = shape
    while extents.count > 3, extents.first == 1 { extents.removeFirst() }
    let planar = layout == .nchw || extents.count < 3
    guard extents.count <= 3 else { throw DataError(.mismatch, "the network's output of shape \(shape) is no picture") }
    extents = Array(repeating: 1, count: 3 - extents.count) + extents
    let (channels, height, width) = planar ? (extents[0], extents[1], extents[2]) : (extents[2], extents[0], extents[1])
    guard channels == colour.channels, channels * height * width == values.count, !values.isEmpty else {
      throw DataError(
        .mismatch, "the network's output of shape \(shape) is no picture of \(colour.channels) channel(s) in \(layout.rawValue)")
    }
    guard values.allSatisfy({ $0.isFinite }) else {
      throw DataError(.notFinite, "the network's output has values that are not finite numbers")
    }
    let plane = width * height
    var pixels = [Float](repeating: 0, count: values.count)
    for channel in 0..<channels {
      for pixel in 0..<plane {
        var value = Double(values[planar ? channel * plane + pixel : pixel * channels + channel]) * multiply + add
        if let clip { value = min(max(value, clip.lowerBound), clip.upperBound) }
        pixels[pixel * channels + channel] = Float(round ? value.rounded(.toNearestOrEven) : value)
      }
    }
    return colour.restore(Image(width: width, height: height, channels: channels, precision: round ? .byte : .real, pixels: pixels))
  }
}
