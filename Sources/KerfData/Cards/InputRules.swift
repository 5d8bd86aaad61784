/// How a picture becomes the numbers a network reads, and back: value = (pixel / divide − mean) / std, by channel.
public struct InputRules: Sendable, Equatable {
  public enum Layout: String, Sendable, CaseIterable {
    /// `[1, C, H, W]`
    case nchw = "NCHW"
    /// `[1, H, W, C]`
    case nhwc = "NHWC"
  }

  public let layout: Layout
  public let divide: Float
  /// One for all channels, or one for each in the network's order.
  public let mean: [Float]
  public let std: [Float]

  init(from section: CardSection?, channels: Int) throws(DataError) {
    var section = section
    layout = try section?.optionalChoice("layout") ?? .nchw
    divide = Float(try section?.optionalNumber("divide") ?? 1)
    mean = (try section?.optionalNumbers("mean") ?? [0]).map(Float.init)
    std = (try section?.optionalNumbers("std") ?? [1]).map(Float.init)
    guard let section else { return }
    guard divide > 0 else { throw section.error("divide", "must be above 0") }
    for (key, values) in [("mean", mean), ("std", std)] where values.count != 1 && values.count != channels {
      throw section.error(key, "must be one number or \(channels), not \(values.count)")
    }
    guard std.allSatisfy({ $0 > 0 }) else { throw section.error("std", "must be above 0") }
    try section.finish()
  }

  /// The shape of one picture's input, batch extent 1 included.
  public func shape(width: Int, height: Int, channels: Int) -> [Int] {
    layout == .nchw ? [1, channels, height, width] : [1, height, width, channels]
  }

  /// The numbers for one picture, in the order of ``layout``.
  public func values(of image: Image) -> [Float] {
    let channels = image.channels
    let plane = image.width * image.height
    var values = [Float](repeating: 0, count: image.pixels.count)
    for channel in 0..<channels {
      let mean = mean[mean.count == 1 ? 0 : channel]
      let std = std[std.count == 1 ? 0 : channel]
      for pixel in 0..<plane {
        let value = (image.pixels[pixel * channels + channel] / divide - mean) / std
        values[layout == .nchw ? channel * plane + pixel : pixel * channels + channel] = value
      }
    }
    return values
  }
}
