/// One test picture as the network saw and made it: reference, input, before, after, difference.
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
    /// `"before, 30.41 dB"`.
    public var caption: String
    /// A PNG file in base64.
    public var png: String

    public init(caption: String, png: String) {
      self.caption = caption
      self.png = png
    }
  }
}
