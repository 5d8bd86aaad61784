/// The frame of a plot: two axes with grid lines and numbers, and what the lower one counts.
struct PlotFrame {
  let across: Axis
  let up: Axis
  private let size: (width: Double, height: Double)
  private let name: String

  /// - Parameters:
  ///   - size: of the drawing.
  ///   - name: what the lower axis counts.
  ///   - isLogarithmic: whether the upright axis is; it then has positive values alone.
  init(size: (width: Double, height: Double), x: [Double], y: [Double], name: String, isLogarithmic: Bool = false) {
    across = Axis(x, from: 60, to: size.width - 12)
    up = Axis(y, from: size.height - 44, to: 14, isLogarithmic: isLogarithmic)
    (self.size, self.name) = (size, name)
  }

  var markup: Markup {
    let columns: [Markup] = across.ticks.map { tick in
      """
      <line class="grid" x1="\(at: across.position(tick))" x2="\(at: across.position(tick))" y1="\(at: up.end)" y2="\(at: up.start)"/>\
      <text x="\(at: across.position(tick))" y="\(at: up.start + 16)" text-anchor="middle">\(across.label(tick))</text>

      """
    }
    let rows: [Markup] = up.ticks.map { tick in
      """
      <line class="grid" x1="\(at: across.start)" x2="\(at: across.end)" y1="\(at: up.position(tick))" y2="\(at: up.position(tick))"/>\
      <text x="\(at: across.start - 6)" y="\(at: up.position(tick) + 4)" text-anchor="end">\(up.label(tick))</text>

      """
    }
    return """
      \(columns)\(rows)<text class="axis" x="\(at: (across.start + across.end) / 2)" y="\(at: size.height - 7)" text-anchor="middle">\(name)</text>

      """
  }
}
