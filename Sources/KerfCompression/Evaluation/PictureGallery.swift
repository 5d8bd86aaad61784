import Foundation
import KerfData
import KerfEngine
import KerfGraph

/// A few test pictures through a network and what became of it: what they should be, what came in, what each network made of it in which
/// precision, and where those differ.
struct PictureGallery {
  let card: DataCard
  let input: String
  let output: String
  let options: EngineOptions

  private static let pictures = 3
  /// Side of the window shown: reports stay small, and pixels stay visible.
  private static let side = 192
  private static let magnification: Float = 8

  /// - Parameter after: what became of `before`, one step after another.
  func rows(_ before: Model, _ after: [Model], split: String) throws -> [PictureRow] {
    guard card.metrics.first?.judgesImages == true else { return [] }
    let networks = try ([("before", before)] + after.map { ("after", $0) }).map { name, model in
      (name: "\(name) (\(NetworkPrecision(model).text))", session: try Session(model, options: options))
    }
    var rows: [PictureRow] = []
    for sample in try Dataset(card: card, split: split, limit: Self.pictures) {
      guard case .image(let wanted) = sample.target else { continue }
      var own: [Float]?
      let made = try networks.map { (name: $0.name, picture: try picture(sample, $0.session, original: &own)) }
      var named: [(String, Image)] = [("reference", wanted), ("input", sample.picture)]
      named += made.map { ("\($0.name), \($0.picture.score)", $0.picture.image) }
      for later in made.indices {
        named += made[..<later].map { earlier in
          (
            "\(made[later].name) − \(earlier.name), ×\(Int(Self.magnification)) around grey",
            difference(made[later].picture.image, earlier.picture.image)
          )
        }
      }
      rows.append(
        PictureRow(
          name: sample.name,
          images: try named.map { caption, image in
            PictureRow.Picture(caption: caption, png: Data(try window(image).encodedPNG()).base64EncodedString())
          }))
    }
    return rows
  }

  private func difference(_ a: Image, _ b: Image) -> Image {
    Image(
      width: a.width, height: a.height, channels: a.channels, pixels: zip(a.pixels, b.pixels).map { 128 + Self.magnification * ($0 - $1) })
  }

  /// - Parameter original: the values of the first network, kept for those after it.
  private func picture(_ sample: Sample, _ session: Session, original: inout [Float]?) throws -> (image: Image, score: String) {
    let made = try session.run([input: Tensor(sample.input, shape: sample.shape)])
    guard let result = made[output], let values = result.floats(), let metric = card.metrics.first else {
      throw CompressionError(.data, "the network's output '\(output)' is no picture")
    }
    original = original ?? values
    let score = try metric.score(values, shape: result.shape, target: sample.target, original: original, rules: card.output)
    return (try card.output.image(from: values, shape: result.shape), String(format: "%.2f %@", score, metric.unit))
  }

  /// The middle of a picture, clipped to bytes.
  private func window(_ image: Image) throws -> Image {
    let cropped = try image.centreCropped(width: min(Self.side, image.width), height: min(Self.side, image.height))
    return Image(
      width: cropped.width, height: cropped.height, channels: cropped.channels,
      pixels: cropped.pixels.map { min(max($0, 0), 255) })
  }
}
