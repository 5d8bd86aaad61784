import KerfCompression

/// A compression result as one HTML file that needs nothing else: no network, no scripts, pictures inside.
///
/// A content security policy in the file forbids the browser to load anything, so that this also holds for what a model's names and
/// a recipe's text might contain. Light and dark follow the reader's setting; tables and plots scroll inside their own box.
public struct HTMLReport: Sendable {
  /// The parts of the page from top to bottom: a new part is one file and one line here.
  static let sections: [any ReportSection.Type] = [
    SummarySection.self, WarningSection.self, LayerSection.self, LevelsSection.self, CandidateSection.self, SpectrumSection.self,
    PictureSection.self, ProvenanceSection.self,
  ]

  public let result: CompressionResult

  public init(_ result: CompressionResult) {
    self.result = result
  }

  /// The file's text, UTF-8.
  public func html() -> String {
    let parts = Self.sections.compactMap { $0.markup(for: result) }
    return Page.html(title: "\(result.model.name), compressed", parts)
  }
}

/// One part of the page.
protocol ReportSection: Sendable {
  /// The part, or `nil` where the result has nothing to show in it.
  static func markup(for result: CompressionResult) -> Markup?
}

/// A table in its own scrolling box, with a caption for those who cannot see where it stands.
struct TableMarkup {
  struct Column {
    var title: String
    var isNumber = false

    init(_ title: String, number: Bool = false) {
      self.title = title
      isNumber = number
    }
  }

  var caption: String
  var columns: [Column]
  /// The table's class, for the style sheet.
  var style = ""
  /// Rows of cells; the first cell of a row is its heading.
  var rows: [(cells: [Markup], style: String)] = []

  var markup: Markup {
    let head: [Markup] = columns.map { "<th scope=\"col\"\(Self.numberClass($0.isNumber))>\($0.title)</th>" }
    let body: [Markup] = rows.map { row in
      let cells: [Markup] = zip(columns, row.cells).enumerated().map { place, pair in
        let (column, cell) = pair
        return place == 0
          ? "<th scope=\"row\">\(cell)</th>" : "<td\(Self.numberClass(column.isNumber))>\(cell)</td>"
      }
      return "<tr class=\"\(row.style)\">\(cells)</tr>\n"
    }
    return """
      <div class="scroll" tabindex="0" role="region" aria-label="\(caption)">
      <table class="\(style)">
      <caption>\(caption)</caption>
      <thead><tr>\(head)</tr></thead>
      <tbody>
      \(body)</tbody>
      </table>
      </div>
      """
  }

  private static func numberClass(_ isNumber: Bool) -> Markup {
    isNumber ? " class=\"number\"" : ""
  }
}
