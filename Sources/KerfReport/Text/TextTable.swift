/// A table for the terminal: aligned columns, cut to the width there is.
///
/// Elastic columns (names, reasons) give way first, the widest of them down to sixteen characters; then optional columns are left out from
/// the right, and lines that are still too long are cut.
public struct TextTable: Sendable {
  public struct Column: Sendable {
    public enum Alignment: Sendable { case leading, trailing }

    public var title: String
    public var alignment: Alignment
    /// Whether the column may be made narrower than its content.
    public var isElastic: Bool
    /// Whether the column may be left out where there is no room for it.
    public var isOptional: Bool

    public init(_ title: String, _ alignment: Alignment = .leading, isElastic: Bool = false, isOptional: Bool = false) {
      self.title = title
      self.alignment = alignment
      self.isElastic = isElastic
      self.isOptional = isOptional
    }
  }

  /// What a line is, for its colour.
  public enum Emphasis: Sendable { case normal, strong, faint }

  public let columns: [Column]
  public private(set) var rows: [(cells: [String], emphasis: Emphasis)] = []

  static let narrowest = 16
  static let gap = 2

  public init(_ columns: [Column]) {
    self.columns = columns
  }

  /// Adds a line; missing cells are empty.
  public mutating func add(_ cells: [String], _ emphasis: Emphasis = .normal) {
    precondition(cells.count <= columns.count, "\(cells.count) cells for \(columns.count) columns")
    let printable = cells.map(TextWidth.printable)
    rows.append((printable + Array(repeating: "", count: columns.count - cells.count), emphasis))
  }

  /// The lines, each ended by a newline.
  ///
  /// - Parameters:
  ///   - width: columns of the terminal; `nil` for no limit (a file or a pipe).
  ///   - colours: whether to use ANSI escape sequences.
  public func text(width: Int? = nil, colours: Bool = false) -> String {
    var widths = fittedWidths()
    var shown = Array(columns.indices)
    if let width {
      while excess(widths, shown, over: width) > 0, let dropped = shown.last(where: { columns[$0].isOptional }) {
        let narrowed = shrunk(widths, shown, to: width)
        if excess(narrowed, shown, over: width) <= 0 { break }
        shown.removeAll { $0 == dropped }
      }
      widths = shrunk(widths, shown, to: width)
    }
    let style = TextStyle(colours: colours)
    func line(_ cells: [String]) -> String {
      var text = ""
      for place in shown {
        let cut = TextWidth.truncated(cells[place], to: widths[place])
        let padding = String(repeating: " ", count: max(0, widths[place] - TextWidth.columns(cut)))
        if place != shown.first { text += String(repeating: " ", count: Self.gap) }
        text += columns[place].alignment == .leading ? cut + padding : padding + cut
      }
      while text.last == " " { text.removeLast() }
      return width.map { TextWidth.truncated(text, to: $0) } ?? text
    }
    let rule = widths.map { String(repeating: "─", count: $0) }
    var result = style.strong(line(columns.map(\.title))) + "\n" + style.faint(line(rule)) + "\n"
    for (cells, emphasis) in rows {
      switch emphasis {
      case .normal: result += line(cells)
      case .strong: result += style.strong(line(cells))
      case .faint: result += style.faint(line(cells))
      }
      result += "\n"
    }
    return result
  }

  /// The width of each column's widest cell.
  private func fittedWidths() -> [Int] {
    columns.indices.map { place in
      rows.reduce(TextWidth.columns(columns[place].title)) { max($0, TextWidth.columns($1.cells[place])) }
    }
  }

  /// How many characters the columns `shown` are too wide.
  private func excess(_ widths: [Int], _ shown: [Int], over limit: Int) -> Int {
    shown.reduce(0) { $0 + widths[$1] } + Self.gap * max(0, shown.count - 1) - limit
  }

  /// `widths` with the elastic columns made narrower, the widest first, until all fit or none can give more.
  private func shrunk(_ widths: [Int], _ shown: [Int], to limit: Int) -> [Int] {
    var widths = widths
    var missing = excess(widths, shown, over: limit)
    while missing > 0 {
      let elastic = shown.filter { columns[$0].isElastic && widths[$0] > Self.narrowest }
      guard let widest = elastic.max(by: { widths[$0] < widths[$1] }) else { break }
      // Down to the next widest, or by what is still missing, or to the narrowest allowed.
      let next = elastic.filter { widths[$0] < widths[widest] }.map { widths[$0] }.max() ?? Self.narrowest
      let step = max(1, min(missing, widths[widest] - next))
      widths[widest] -= step
      missing -= step
    }
    return widths
  }
}

/// Emphasis by ANSI escape sequences, or none.
struct TextStyle {
  let colours: Bool

  func strong(_ text: String) -> String { wrapped(text, "1") }
  func faint(_ text: String) -> String { wrapped(text, "2") }
  func good(_ text: String) -> String { wrapped(text, "32") }
  func bad(_ text: String) -> String { wrapped(text, "31") }

  private func wrapped(_ text: String, _ code: String) -> String {
    colours ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
  }
}
