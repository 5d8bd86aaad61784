/// One test picture as the networks saw and made it: reference, input, before, after in float32 and in int8 where both were made, differences.
public struct PictureRow: Sendable, Codable, Equatable {
  /// The file's name.
  public var name: String
  public var images: [Picture]

  public init(name: String, images: [Picture]) {
    self.name = name
    self.images = images
  }

  /// One picture with what stands under it.
  public struct Picture: Sendable, Codable, Equatable {
    /// `"before (float32), 30.41 dB"`: what made the picture, in which precision, and its score.
    public var caption: String
    /// A PNG file in base64.
    public var png: String

    public init(caption: String, png: String) {
      self.caption = caption
      self.png = png
    }
  }
}
