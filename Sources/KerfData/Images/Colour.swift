/// Which channels a network sees, and in which order.
public enum Colour: String, Sendable, CaseIterable {
  /// One channel: of R, G, B the full-range luma of BT.601, L = 0.299 R + 0.587 G + 0.114 B, rounded to a whole number for 8-bit pictures.
  case grey
  /// Three channels R, G, B; grey pictures are repeated.
  case rgb
  /// Three channels B, G, R.
  case bgr
  /// One channel: the studio-range luma of BT.601, Y = 16 + (65.481 R + 128.553 G + 24.966 B) / 255, in 16...235, not rounded.
  case luma

  public var channels: Int { self == .grey || self == .luma ? 1 : 3 }

  /// The picture (grey or R, G, B) in these channels.
  public func convert(_ image: Image) -> Image {
    switch self {
    case .grey: image.grey
    case .rgb: image.rgb
    case .bgr: image.rgb.reversingChannels
    case .luma: image.luma
    }
  }

  /// A picture in these channels back in grey or R, G, B.
  public func restore(_ image: Image) -> Image { self == .bgr ? image.reversingChannels : image }
}

extension Image {
  /// One channel; see ``Colour/grey``.
  public var grey: Image {
    guard channels == 3 else { return self }
    let values = mapPixels { red, green, blue in
      guard precision == .byte else { return 0.299 * red + 0.587 * green + 0.114 * blue }
      // 16-bit fixed point, as Pillow converts RGB to L.
      return Double((Int(red) * 19595 + Int(green) * 38470 + Int(blue) * 7471 + 0x8000) >> 16)
    }
    return Image(width: width, height: height, channels: 1, precision: precision, pixels: values)
  }

  /// Three channels.
  public var rgb: Image {
    guard channels == 1 else { return self }
    return Image(width: width, height: height, channels: 3, precision: precision, pixels: pixels.flatMap { [$0, $0, $0] })
  }

  /// The studio-range luma; see ``Colour/luma``. A grey picture counts as R = G = B.
  public var luma: Image {
    Image(width: width, height: height, channels: 1, pixels: lumaValues.map(Float.init))
  }

  /// The luma in float64, one value a pixel.
  var lumaValues: [Double] {
    guard channels == 3 else { return pixels.map { (65.481 + 128.553 + 24.966) * Double($0) / 255 + 16 } }
    return (0..<(width * height)).map { pixel in
      let at = pixel * 3
      return (65.481 * Double(pixels[at]) + 128.553 * Double(pixels[at + 1]) + 24.966 * Double(pixels[at + 2])) / 255 + 16
    }
  }

  var reversingChannels: Image {
    guard channels == 3 else { return self }
    var result = self
    for at in stride(from: 0, to: pixels.count, by: 3) { result.pixels.swapAt(at, at + 2) }
    return result
  }

  private func mapPixels(_ value: (Double, Double, Double) -> Double) -> [Float] {
    (0..<(width * height)).map { pixel in
      let at = pixel * 3
      return Float(value(Double(pixels[at]), Double(pixels[at + 1]), Double(pixels[at + 2])))
    }
  }
}
