/// A clean picture from the same with Gaussian noise: input = picture + σ n, not clipped; n from ``GaussianNoise`` by the picture's number.
public struct DenoiseTask: DataTask {
  public static let kind = "denoise"
  public static let givesImages = true

  /// Standard deviation in grey levels of 0...255.
  public let sigma: Double
  public let seed: UInt64

  public init(from section: inout CardSection) throws(DataError) {
    sigma = try section.number("sigma")
    guard sigma >= 0 else { throw section.error("sigma", "must not be negative") }
    seed = UInt64(try section.optionalInteger("seed", in: 0...Int.max) ?? 0)
  }

  public func pose(
    _ item: SourceItem, index: Int, colour: Colour, prepare: [PrepareStep]
  ) throws(DataError) -> (input: Image, target: Target) {
    let clean = try prepare.apply(to: colour.convert(item.image))
    // In a source of pairs the noisy picture is given.
    if let noisy = item.degraded {
      let input = try prepare.apply(to: colour.convert(noisy))
      guard input.width == clean.width, input.height == clean.height else {
        throw DataError(
          .mismatch, "the noisy picture has \(input.width)×\(input.height) pixels, the clean one \(clean.width)×\(clean.height)")
      }
      return (input, .image(colour.restore(clean)))
    }
    return (clean.addingNoise(sigma: sigma, seed: seed, index: index), .image(colour.restore(clean)))
  }
}
