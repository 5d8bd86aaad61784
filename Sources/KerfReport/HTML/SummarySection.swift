import KerfCompression

/// What was asked and what was reached.
enum SummarySection: ReportSection {
  static let timesNote =
    "Times are medians over the quicker half of the rounds, in each of which both networks ran, in brackets the 10th to the 90th percentile of all; ± is one standard error."

  static func markup(for result: CompressionResult) -> Markup? {
    let before = result.before
    let after = result.after
    let verdict: Markup = result.reached ? "<span class=\"badge good\">reached</span>" : "<span class=\"badge bad\">not reached</span>"
    var tiles: [Markup] = [
      tile(before.medianMilliseconds, after.medianMilliseconds, less: "faster", more: "slower"),
      tile(Double(before.macs), Double(after.macs), less: "fewer MACs", more: "more MACs"),
      tile(Double(before.bytes), Double(after.bytes), less: "smaller file", more: "larger file"),
    ]
    if let old = before.metric, let new = after.metric {
      let change = NumberText.signed(new.value - old.value, decimals: 2) + (new.unit.isEmpty ? "" : " " + new.unit)
      tiles.insert(tile(change, new.name), at: 1)
    }
    let replaced = result.layers.count(where: \.isReplaced)
    let quantized = result.layers.count { $0.precision == .int8 }
    let integers = quantized > 0 ? ", \(quantized) on integers" : ""
    return """
      <header>
      <h1>\(result.model.name)</h1>
      <p class="asked">Asked: <strong>\(result.request.goal)</strong>, method \(result.request.method), criterion \(result.request.criterion). \(verdict)</p>
      <div class="tiles">
      \(tiles)</div>
      \(table(before: before, after: after).markup)
      <p class="note">\(replaced) of \(result.layers.count) layers replaced\(integers). The run took \(NumberText.duration(seconds: result.seconds)). \
      \(timesNote)</p>
      </header>
      """
  }

  private static func tile(_ value: String, _ label: String) -> Markup {
    "<div class=\"tile\"><span class=\"value\">\(value)</span> <span class=\"label\">\(label)</span></div>\n"
  }

  /// By how much a cost fell, or rose.
  private static func tile(_ before: Double?, _ after: Double?, less: String, more: String) -> Markup {
    let rose = (after ?? 0) > (before ?? 0)
    return tile(rose ? NumberText.ratio(after, before) : NumberText.ratio(before, after), rose ? more : less)
  }

  /// - Parameters:
  ///   - columns: what the two networks are called.
  ///   - times: whether the times are of one measurement, so that they compare.
  static func table(
    before: Figures, after: Figures, caption: String = "Before and after", columns: (String, String) = ("Before", "After"),
    times: Bool = true
  ) -> TableMarkup {
    var table = TableMarkup(
      caption: caption,
      columns: [.init("Quantity"), .init(columns.0, number: true), .init(columns.1, number: true), .init("Change", number: true)])
    table.style = "figures"
    if times {
      let speedup = NumberText.ratio(before.medianMilliseconds, after.medianMilliseconds)
      table.rows.append((["Time per run", time(before), time(after), "\(speedup)"], ""))
    }
    for (known, old, new) in MetricValue.pairs(before.metric, after.metric) {
      let name: Markup = "\(known.name) <span class=\"sub\">\(NumberText.grouped(known.count)) images, \(known.split)</span>"
      table.rows.append(([name, metric(old), metric(new), "\(MetricValue.change(old, new))"], ""))
    }
    let memory = before.memoryBytes.flatMap { old in after.memoryBytes.map { [("Memory while running, bytes", old, $0)] } } ?? []
    let rows = [
      ("MACs", before.macs, after.macs), ("Parameters", before.parameters, after.parameters),
      ("File size, bytes", before.bytes, after.bytes),
    ]
    for (name, old, new) in rows + memory {
      let texts = name == "MACs" ? [old, new].map { NumberText.scaled($0, digits: 5) } : [old, new].map(NumberText.grouped)
      table.rows.append((["\(name)", "\(texts[0])", "\(texts[1])", "\(NumberText.ratio(Double(old), Double(new)))"], ""))
    }
    return table
  }

  private static func time(_ figures: Figures) -> Markup {
    guard let median = figures.medianMilliseconds else { return "not measured" }
    guard let low = figures.p10Milliseconds, let high = figures.p90Milliseconds else { return "\(NumberText.milliseconds(median))" }
    return """
      <span class="whole">\(NumberText.milliseconds(median))</span> \
      <span class="sub">(\(NumberText.significant(low))–\(NumberText.significant(high)))</span>
      """
  }

  private static func metric(_ metric: MetricValue?) -> Markup {
    guard let metric else { return "not measured" }
    if metric.isEqual { return "equal" }
    let unit = metric.unit.isEmpty ? "" : " " + metric.unit
    let error: Markup = metric.standardError.map { " <span class=\"sub\">± \(NumberText.fixed($0, decimals: 3))</span>" } ?? ""
    return "<span class=\"whole\">\(NumberText.fixed(metric.value, decimals: 3) + unit)</span>\(error)"
  }
}

/// What the reader should know before believing the rest.
enum WarningSection: ReportSection {
  static func markup(for result: CompressionResult) -> Markup? {
    guard !result.warnings.isEmpty else { return nil }
    let items: [Markup] = result.warnings.map { "<li>\($0)</li>\n" }
    return """
      <section class="warnings" aria-labelledby="warnings">
      <h2 id="warnings">Warnings</h2>
      <ul>
      \(items)</ul>
      </section>
      """
  }
}
