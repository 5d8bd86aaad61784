import KerfCompression

/// Test pictures side by side.
enum PictureSection: ReportSection {
  static func markup(for result: CompressionResult) -> Markup? { markup(for: result.pictures) }

  static func markup(for pictures: [PictureRow]) -> Markup? {
    let parts = rows(pictures)
    guard !parts.isEmpty else { return nil }
    return """
      <section aria-labelledby="pictures">
      <h2 id="pictures">Pictures</h2>
      \(parts)</section>
      """
  }

  /// Each row under its name, side by side.
  static func rows(_ pictures: [PictureRow]) -> [Markup] {
    pictures.filter { !$0.images.isEmpty }.map { row in
      let images: [Markup] = row.images.map { picture in
        """
        <figure>
        \(image(picture, of: row))
        <figcaption>\(picture.caption)</figcaption>
        </figure>

        """
      }
      return "<h3>\(row.name)</h3>\n<div class=\"pictures\">\n\(images)</div>\n"
    }
  }

  private static func image(_ picture: PictureRow.Picture, of row: PictureRow) -> Markup {
    guard isPNG(picture.png) else { return "<p class=\"note\">no picture: not a PNG in base64</p>" }
    return "<img alt=\"\(row.name): \(picture.caption)\" src=\"data:image/png;base64,\(picture.png)\">"
  }

  /// Whether `text` is base64 and begins with the eight bytes of every PNG file.
  private static func isPNG(_ text: String) -> Bool {
    text.hasPrefix("iVBORw0KGg") && text.utf8.count.isMultiple(of: 4)
      && text.utf8.allSatisfy { byte in
        switch UInt8(byte) {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
          UInt8(ascii: "+"), UInt8(ascii: "/"), UInt8(ascii: "="):
          return true
        default: return false
        }
      }
  }
}
