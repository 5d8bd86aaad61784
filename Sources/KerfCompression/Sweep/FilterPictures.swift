import Foundation
import KerfData
import KerfDecomposition

/// A layer's largest filters as pictures: as they are, and as forms at a few ranks have them.
///
/// A kernel `[N, 3, kh, kw]` gives `N` pictures in red, green and blue (the input's channels in their order), any other one `N·C/g` grey slices
/// `W[n, c]`. Mid-grey is 0; black and white are ∓ the largest weight of the filter as it is, the same for its approximations.
///
/// - Reference: Denton, Zaremba, Bruna, LeCun, Fergus, Exploiting linear structure, NIPS 2014, the figure of approximated filters.
struct FilterPictures {
  /// So many filters, and so many forms of each kind.
  private static let (filters, ranks) = (16, 4)
  private static let columns = 4
  /// Pixels of a tap, and between filters.
  private static let (scale, gap) = (4, 2)

  private let kernel: ConvolutionKernel
  private let channels: Int
  /// Places of the filters shown among all, the one of largest norm first, with their largest weights.
  private let chosen: [(place: Int, largest: Float)]
  private let count: Int

  /// `nil` for kernels that are no pictures: not over two axes, or of one tap.
  init?(_ kernel: ConvolutionKernel) {
    guard kernel.spatial.count == 2, kernel.taps > 1 else { return nil }
    let channels = kernel.inputsPerGroup == 3 ? 3 : 1
    let length = channels * kernel.taps
    let filters = (0..<kernel.weights.count / length).map { kernel.weights[$0 * length..<($0 + 1) * length] }
    let norms = filters.map { $0.reduce(0) { $0 + $1 * $1 } }
    let order = filters.indices.sorted { (norms[$0], $1) > (norms[$1], $0) }.prefix(Self.filters)
    chosen = order.map { ($0, filters[$0].map(abs).max() ?? 0) }
    (self.kernel, self.channels, count) = (kernel, channels, filters.count)
  }

  /// One row a form and solver: the filters as they are, then at ranks spread over those made, the cheapest first.
  func rows(_ made: [(point: SweepPoint, form: LayerForm)]) throws -> [PictureRow] {
    let words = chosen.count < count ? "the \(chosen.count) largest of \(count)" : "all \(count)"
    let original = PictureRow.Picture(
      caption: "as they are: \(words) \(channels == 3 ? "filters" : "slices")", png: try png(kernel.weights))
    var labels: [String] = []
    for (point, _) in made where !labels.contains(point.label) { labels.append(point.label) }
    return try labels.map { label in
      let own = made.filter { $0.point.label == label }.sorted { $0.point.macs < $1.point.macs }
      let places = Set((0..<Self.ranks).map { $0 * (own.count - 1) / (Self.ranks - 1) }).sorted()
      let images = try places.map { place in
        let (point, form) = own[place]
        let rank = point.rank.map(String.init).joined(separator: ",")
        return PictureRow.Picture(
          caption: String(format: "rank \(rank), fit %.1f %%", point.fit), png: try png(form.reconstructed(groups: kernel.groups)))
      }
      return PictureRow(name: label, images: [original] + images)
    }
  }

  /// The chosen filters of weights `[N, C/g, kh, kw]`, row by row.
  private func png(_ weights: [Float]) throws -> String {
    let (height, width) = (kernel.spatial[0] * Self.scale, kernel.spatial[1] * Self.scale)
    let columns = min(Self.columns, chosen.count)
    let rows = (chosen.count + columns - 1) / columns
    let side = (x: columns * (width + Self.gap) - Self.gap, y: rows * (height + Self.gap) - Self.gap)
    var pixels = [Float](repeating: 0, count: side.x * side.y * channels)
    for (tile, (place, largest)) in chosen.enumerated() {
      let (left, top) = (tile % columns * (width + Self.gap), tile / columns * (height + Self.gap))
      for y in 0..<height {
        for x in 0..<width {
          for channel in 0..<channels {
            let tap = y / Self.scale * kernel.spatial[1] + x / Self.scale
            let weight = weights[(place * channels + channel) * kernel.taps + tap]
            let share = largest > 0 ? min(max(weight / largest, -1), 1) : 0
            pixels[((top + y) * side.x + left + x) * channels + channel] = 127.5 * (1 + share)
          }
        }
      }
    }
    return Data(try Image(width: side.x, height: side.y, channels: channels, pixels: pixels).encodedPNG()).base64EncodedString()
  }
}
