import Foundation
import KerfData
import KerfEngine
import KerfGraph

/// A few test pictures through both networks: what they should be, what came in, what each network made of it, and where those differ.
struct PictureGallery {
  let card: DataCard
  let input: String
  let output: String
  let options: EngineOptions

  private static let pictures = 3
  /// Side of the window shown: reports stay small, and pixels stay visible.
  private static let side = 192
  private static let magnification: Float = 8

  func rows(_ before: Model, _ after: Model, split: String) throws -> [PictureRow] {
    guard card.metrics.first?.judgesImages == true else { return [] }
    let sessions = (try Session(before, options: options), try Session(after, options: options))
    var rows: [PictureRow] = []
    for sample in try Dataset(card: card, split: split, limit: Self.pictures) {
      guard case .image(let wanted) = sample.target else { continue }
      let (a, b) = (try picture(sample, sessions.0), try picture(sample, sessions.1))
      let difference = Image(
        width: a.image.width, height: a.image.height, channels: a.image.channels,
        pixels: zip(a.image.pixels, b.image.pixels).map { 128 + Self.magnification * ($1 - $0) })
      let named: [(String, Image)] = [
        ("reference", wanted), ("input", sample.picture), ("before, \(a.score)", a.image), ("after, \(b.score)", b.image),
        ("after − before, ×\(Int(Self.magnification)) around grey", difference),
      ]
      rows.append(
        PictureRow(
          name: sample.name,
          images: try named.map { caption, image in
            PictureRow.Picture(caption: caption, png: Data(try window(image).encodedPNG()).base64EncodedString())
          }))
    }
    return rows
  }

  private func picture(_ sample: Sample, _ session: Session) throws -> (image: Image, score: String) {
    let made = try session.run([input: Tensor(sample.input, shape: sample.shape)])
    guard let result = made[output], let values = result.floats(), let metric = card.metrics.first else {
      throw CompressionError(.data, "the network's output '\(output)' is no picture")
    }
    let score = try metric.score(values, shape: result.shape, target: sample.target, rules: card.output)
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
