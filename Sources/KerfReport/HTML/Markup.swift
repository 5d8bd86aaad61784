/// A piece of HTML in which everything that came from outside is escaped: text put in by `\(…)` becomes text, never markup.
///
///     let cell: Markup = "<td>\(layer.name)</td>"     // a name `<script>` shows as `<script>`
struct Markup: ExpressibleByStringInterpolation, Sendable {
  private(set) var html: String

  init(stringLiteral value: String) { html = value }

  init(stringInterpolation: StringInterpolation) { html = stringInterpolation.html }

  struct StringInterpolation: StringInterpolationProtocol {
    var html = ""

    init(literalCapacity: Int, interpolationCount: Int) { html.reserveCapacity(literalCapacity) }

    mutating func appendLiteral(_ literal: String) { html += literal }
    mutating func appendInterpolation(_ text: String) { html += Markup.escaped(text) }
    mutating func appendInterpolation(_ number: Int) { html += String(number) }
    mutating func appendInterpolation(_ markup: Markup) { html += markup.html }
    mutating func appendInterpolation(_ markup: [Markup]) { for piece in markup { html += piece.html } }
    /// A coordinate of a drawing: two decimals; not finite becomes 0, so that a drawing is never broken by one value.
    mutating func appendInterpolation(at coordinate: Double) {
      let hundredths = coordinate.isFinite ? (max(-1e6, min(1e6, coordinate)) * 100).rounded() / 100 : 0
      html += String(hundredths)
    }
  }

  static func += (left: inout Markup, right: Markup) { left.html += right.html }

  /// `text` for use between tags and in quoted attributes. Characters that HTML forbids become U+FFFD.
  static func escaped(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "'": result += "&#39;"
      case "\n", "\t": result.unicodeScalars.append(scalar)
      case "\u{0}"..."\u{1F}", "\u{7F}"..."\u{9F}", "\u{202A}"..."\u{202E}", "\u{2066}"..."\u{2069}": result += "\u{FFFD}"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}
