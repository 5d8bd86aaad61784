/// Lines through measured points, with a legend.
struct LinePlot {
  struct Line {
    var name: String
    /// In any order; points that are not finite are left out.
    var points: [(x: Double, y: Double)]
  }

  static let width = 420.0
  static let height = 270.0

  var title: String
  var x: String
  var y: String
  var lines: [Line]

  /// The drawing, or `nil` where no line has a point.
  var markup: Markup? {
    let drawn = lines.map { line in
      Line(name: line.name, points: line.points.filter { $0.x.isFinite && $0.y.isFinite }.sorted { $0.x < $1.x })
    }
    let all = drawn.flatMap(\.points)
    guard !all.isEmpty else { return nil }
    let (left, right, top, bottom) = (58.0, Self.width - 10, 12.0, Self.height - 42)
    let across = Axis(all.map(\.x), from: left, to: right)
    let up = Axis(all.map(\.y), from: bottom, to: top)
    let columns: [Markup] = across.ticks.map { tick in
      """
      <line class="grid" x1="\(at: across.position(tick))" x2="\(at: across.position(tick))" y1="\(at: top)" y2="\(at: bottom)"/>\
      <text x="\(at: across.position(tick))" y="\(at: bottom + 15)" text-anchor="middle">\(across.label(tick))</text>

      """
    }
    let rows: [Markup] = up.ticks.map { tick in
      """
      <line class="grid" x1="\(at: left)" x2="\(at: right)" y1="\(at: up.position(tick))" y2="\(at: up.position(tick))"/>\
      <text x="\(at: left - 6)" y="\(at: up.position(tick) + 4)" text-anchor="end">\(up.label(tick))</text>

      """
    }
    let curves: [Markup] = drawn.enumerated().filter { !$0.element.points.isEmpty }.map { place, line in
      let path: [Markup] = line.points.map { "\(at: across.position($0.x)),\(at: up.position($0.y)) " }
      let marks: [Markup] = line.points.map { point in
        let values = "\(line.name): \(NumberText.significant(point.x)), \(NumberText.significant(point.y, digits: 4))"
        return """
          <circle class="rankdot line\(place % 4)" cx="\(at: across.position(point.x))" cy="\(at: up.position(point.y))" \
          r="\(at: place < 4 ? 3 : 2)"><title>\(values)</title></circle>
          """
      }
      return "<polyline class=\"spectrum line\(place % 4)\" points=\"\(path)\"/>\(marks)\n"
    }
    let keys: [Markup] = drawn.enumerated().filter { !$0.element.points.isEmpty }.map { place, line in
      "<span class=\"item\"><span class=\"key line\(place % 4)\"></span> \(line.name)</span>\n"
    }
    return """
      <figure>
      <figcaption><strong>\(title)</strong></figcaption>
      <svg viewBox="0 0 \(at: Self.width) \(at: Self.height)" role="img" aria-label="\(title): \(y) against \(x) of \(drawn.count) forms; the table \
      below has the same values">
      \(columns)\(rows)\(curves)<text class="axis" x="\(at: (left + right) / 2)" y="\(at: Self.height - 8)" text-anchor="middle">\(x)</text>
      </svg>
      <p class="legend">\(keys)</p>
      </figure>

      """
  }
}
