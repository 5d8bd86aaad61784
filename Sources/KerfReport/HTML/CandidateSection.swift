import KerfCompression

/// The metric against time of the networks tried: a plot with the Pareto front, and the same as a table.
enum CandidateSection: ReportSection {
  static let size = (width: 560.0, height: 340.0)

  static func markup(for result: CompressionResult) -> Markup? {
    guard !result.candidates.isEmpty else { return nil }
    let metric = result.before.metric ?? result.after.metric
    let title = (metric?.name ?? "metric") + (metric.map { $0.unit.isEmpty ? "" : ", " + $0.unit } ?? "")
    var table = TableMarkup(
      caption: "Networks tried, fastest first",
      columns: [.init("Candidate"), .init("Time, ms", number: true), .init(title, number: true), .init("Pareto front"), .init("Chosen")])
    let front = paretoFront(result.candidates)
    for candidate in result.candidates.sorted(by: { $0.medianMilliseconds < $1.medianMilliseconds }) {
      table.rows.append(
        (
          [
            "\(candidate.label)", "\(NumberText.significant(candidate.medianMilliseconds, digits: 4))",
            "\(NumberText.fixed(candidate.metric, decimals: 3))", front.contains(candidate) ? "yes" : "", candidate.chosen ? "chosen" : "",
          ], candidate.chosen ? "replaced" : ""
        ))
    }
    return """
      <section aria-labelledby="candidates">
      <h2 id="candidates">Accuracy against time</h2>
      \(plot(result.candidates, front: front, title: title))
      \(table.markup)
      <p class="note">Measured on the data that chose among them; the figures at the top are of the split they name.</p>
      </section>
      """
  }

  /// The candidates that no other one beats in both time and metric, fastest first.
  static func paretoFront(_ candidates: [CandidatePoint]) -> [CandidatePoint] {
    var front: [CandidatePoint] = []
    var best = -Double.infinity
    let measured = candidates.filter { $0.metric?.isFinite == true && $0.medianMilliseconds.isFinite }
    for candidate in measured.sorted(by: { ($0.medianMilliseconds, -($0.metric ?? 0)) < ($1.medianMilliseconds, -($1.metric ?? 0)) }) {
      if let metric = candidate.metric, metric > best {
        front.append(candidate)
        best = metric
      }
    }
    return front
  }

  private static func plot(_ candidates: [CandidatePoint], front: [CandidatePoint], title: String) -> Markup {
    let points = candidates.compactMap { candidate in
      candidate.metric.flatMap { $0.isFinite && candidate.medianMilliseconds.isFinite ? (candidate, $0) : nil }
    }
    guard !points.isEmpty else { return "" }
    let frame = PlotFrame(size: size, x: points.map(\.0.medianMilliseconds), y: points.map(\.1), name: "median time, ms")
    let (x, y) = (frame.across, frame.up)
    // A step from one front point to the next: between them nothing faster reaches more.
    let path: [Markup] = front.enumerated().map { place, candidate in
      let across = x.position(candidate.medianMilliseconds)
      let up = y.position(candidate.metric ?? 0)
      return place == 0 ? "M\(at: across) \(at: up)" : " H\(at: across) V\(at: up)"
    }
    let marks: [Markup] = points.sorted { !$0.0.chosen && $1.0.chosen }.map { candidate, metric in
      let across = x.position(candidate.medianMilliseconds)
      let up = y.position(metric)
      let values = "\(NumberText.milliseconds(candidate.medianMilliseconds)), \(NumberText.fixed(metric, decimals: 3))"
      let tip: Markup = "<title>\(candidate.label): \(values)</title>"
      guard candidate.chosen else {
        let kind = front.contains(candidate) ? "onfront" : "tried"
        return "<circle class=\"\(kind)\" cx=\"\(at: across)\" cy=\"\(at: up)\" r=\"4\">\(tip)</circle>\n"
      }
      let leftward = across > size.width * 0.6
      return """
        <circle class="chosen" cx="\(at: across)" cy="\(at: up)" r="7">\(tip)</circle>\
        <text class="chosenlabel" x="\(at: leftward ? across - 12 : across + 12)" y="\(at: up > size.height / 2 ? up - 9 : up + 18)" \
        text-anchor="\(leftward ? "end" : "start")">chosen</text>

        """
    }
    let middle = (y.start + y.end) / 2
    return """
      <div class="scroll plot" tabindex="0" role="region" aria-label="Plot of \(title) against time">
      <svg class="curve" viewBox="0 0 \(at: size.width) \(at: size.height)" role="img" aria-label="\(title) against median time in milliseconds of \
      \(points.count) networks; the table below has the same values">
      \(frame.markup)<path class="front" d="\(path)"/>
      \(marks)<text class="axis" x="14" y="\(at: middle)" text-anchor="middle" transform="rotate(-90 14 \(at: middle))">\(title)</text>
      </svg>
      </div>
      <p class="legend"><span class="key chosenkey"></span> chosen <span class="key frontkey"></span> on the Pareto front \
      <span class="key triedkey"></span> tried</p>
      """
  }
}
