/// Lines through measured points, with a legend.
struct LinePlot {
  struct Line {
    var name: String
    /// In any order; points that are not finite are left out.
    var points: [(x: Double, y: Double)]
    /// Whether each point is a dot that tells its values.
    var hasDots = true
    /// Where an upright line through one of the points marks it.
    var mark: Double?
  }

  static let size = (width: 420.0, height: 270.0)
  /// Colours and dashes of lines in the style sheet.
  static let styles = 5

  var title: String
  var x: String
  var y: String
  /// Whether the upright axis is logarithmic; points at 0 or below are then left out.
  var isLogarithmic = false
  /// Whether a table on the page has the same values.
  var isTabled = true
  var lines: [Line]
  /// Drawn across the whole plot.
  var level: (name: String, value: Double)?

  /// The drawing, or `nil` where no line has a point.
  var markup: Markup? {
    let drawn = lines.map { line in
      let points = line.points.filter { $0.x.isFinite && $0.y.isFinite && (!isLogarithmic || $0.y > 0) }
      return Line(name: line.name, points: points.sorted { $0.x < $1.x }, hasDots: line.hasDots, mark: line.mark)
    }
    let all = drawn.flatMap(\.points)
    guard !all.isEmpty else { return nil }
    let frame = PlotFrame(
      size: Self.size, x: all.map(\.x), y: all.map(\.y) + [level?.value].compactMap { $0 }, name: x, isLogarithmic: isLogarithmic)
    let curves: [Markup] = drawn.enumerated().filter { !$0.element.points.isEmpty }.map { curve($0.element, $0.offset, in: frame) }
    var keys: [Markup] = drawn.enumerated().filter { !$0.element.points.isEmpty }.map { place, line in
      "<span class=\"item\"><span class=\"key line\(place % Self.styles)\"></span> \(line.name)</span>\n"
    }
    if let level { keys.append("<span class=\"item\"><span class=\"levelkey\"></span> \(level.name)</span>\n") }
    return """
      <figure>
      <figcaption><strong>\(title)</strong> \(y)</figcaption>
      <svg viewBox="0 0 \(at: Self.size.width) \(at: Self.size.height)" role="img" aria-label="\(title): \(y) against \(x), lines: \
      \(drawn.map(\.name).joined(separator: "; "))\(isTabled ? "; the table below has the same values" : "")">
      \(frame.markup)\(across(frame))\(curves)</svg>
      <p class="legend">\(keys)</p>
      </figure>

      """
  }

  private func curve(_ line: Line, _ place: Int, in frame: PlotFrame) -> Markup {
    let path: [Markup] = line.points.map { "\(at: frame.across.position($0.x)),\(at: frame.up.position($0.y)) " }
    let marks: [Markup] = line.points.filter { line.hasDots || $0.x == line.mark }.map { point in
      let values = "\(line.name): \(NumberText.significant(point.x)), \(NumberText.significant(point.y, digits: 4))"
      return """
        <circle class="rankdot line\(place % Self.styles)" cx="\(at: frame.across.position(point.x))" cy="\(at: frame.up.position(point.y))" \
        r="\(at: place < Self.styles ? 3 : 2)"><title>\(values)</title></circle>
        """
    }
    let upright: [Markup] = line.points.filter { $0.x == line.mark }.map { point in
      let x = frame.across.position(point.x)
      return
        "<line class=\"rank line\(place % Self.styles)\" x1=\"\(at: x)\" x2=\"\(at: x)\" y1=\"\(at: frame.up.end)\" y2=\"\(at: frame.up.start)\"/>"
    }
    return "<polyline class=\"spectrum line\(place % Self.styles)\" points=\"\(path)\"/>\(upright)\(marks)\n"
  }

  private func across(_ frame: PlotFrame) -> Markup {
    guard let level else { return "" }
    let height = frame.up.position(level.value)
    return
      "<line class=\"level\" x1=\"\(at: frame.across.start)\" x2=\"\(at: frame.across.end)\" y1=\"\(at: height)\" y2=\"\(at: height)\"/>\n"
  }
}
