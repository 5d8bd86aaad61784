/// The part of a picture a metric looks at.
public struct MetricView: Sendable, Equatable {
  public enum Channels: String, Sendable, CaseIterable {
    /// Every channel, as the picture is.
    case all
    /// The studio-range luma of BT.601 of R, G, B pictures; a picture of one channel is taken as it is.
    case luma
  }

  /// Pixels left out at each side.
  public let border: Int
  public let channels: Channels

  public init(border: Int = 0, channels: Channels = .all) {
    self.border = border
    self.channels = channels
  }

  init(from section: inout CardSection) throws(DataError) {
    border = try section.optionalInteger("border", in: 0...65_536) ?? 0
    channels = try section.optionalChoice("on") ?? .all
  }

  /// The values seen, in float64, `[planes, height, width]`.
  struct Planes: Sendable {
    let planes: [[Double]]
    let width: Int
    let height: Int

    /// Over all pixels and channels, of planes of the same extents.
    func meanSquaredError(to other: Planes) -> Double {
      var sum = 0.0
      for (plane, other) in zip(planes, other.planes) {
        for (a, b) in zip(plane, other) { sum += (a - b) * (a - b) }
      }
      return sum / Double(planes.count * width * height)
    }
  }

  func planes(of image: Image) throws(DataError) -> Planes {
    let (width, height) = (image.width - 2 * border, image.height - 2 * border)
    guard width > 0, height > 0 else {
      throw DataError(.mismatch, "a picture of \(image.width)×\(image.height) has nothing inside a border of \(border)")
    }
    let isLuma = channels == .luma && image.channels == 3
    let values = isLuma ? image.lumaValues : image.pixels.map(Double.init)
    let count = isLuma ? 1 : image.channels
    var planes: [[Double]] = []
    for channel in 0..<count {
      var plane: [Double] = []
      plane.reserveCapacity(width * height)
      for row in border..<(border + height) {
        for column in border..<(border + width) { plane.append(values[(row * image.width + column) * count + channel]) }
      }
      planes.append(plane)
    }
    return Planes(planes: planes, width: width, height: height)
  }

  /// Output and target as seen, of the same extents.
  ///
  /// - Throws: `.mismatch` where the output is no picture of the target's extents.
  func pair(_ output: [Float], shape: [Int], target: Target, rules: OutputRules, name: String) throws(DataError) -> (Planes, Planes) {
    guard case .image(let wanted) = target else { throw DataError(.mismatch, "\(name) needs pictures, but the task gives classes") }
    let given = try rules.image(from: output, shape: shape)
    guard given.width == wanted.width, given.height == wanted.height, given.channels == wanted.channels else {
      let extents = { (image: Image) in "\(image.width)×\(image.height)×\(image.channels)" }
      throw DataError(.mismatch, "the network gives a picture of \(extents(given)), the target has \(extents(wanted))")
    }
    return (try planes(of: given), try planes(of: wanted))
  }

  /// What the original network gives, as seen.
  ///
  /// - Throws: `.mismatch` where it was not run, or gives no such picture.
  func original(_ values: [Float]?, shape: [Int], rules: OutputRules, name: String) throws(DataError) -> Planes {
    guard let values else { throw DataError(.mismatch, "\(name) compares with the original network's output, which is not there") }
    return try planes(of: rules.image(from: values, shape: shape))
  }
}
