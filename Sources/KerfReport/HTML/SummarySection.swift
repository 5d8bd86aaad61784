import KerfCompression

/// What was asked and what was reached.
enum SummarySection: ReportSection {
  static func markup(for result: CompressionResult) -> Markup? {
    let before = result.before
    let after = result.after
    let verdict: Markup = result.reached ? "<span class=\"badge good\">reached</span>" : "<span class=\"badge bad\">not reached</span>"
    var tiles: [Markup] = [
      tile(NumberText.ratio(before.medianMilliseconds, after.medianMilliseconds), "faster"),
      tile(NumberText.ratio(Double(before.macs), Double(after.macs)), "fewer MACs"),
      tile(NumberText.ratio(Double(before.parameters), Double(after.parameters)), "fewer parameters"),
      tile(NumberText.ratio(Double(before.bytes), Double(after.bytes)), "smaller file"),
    ]
    if let old = before.metric, let new = after.metric {
      let change = NumberText.signed(new.value - old.value, decimals: 2) + (new.unit.isEmpty ? "" : " " + new.unit)
      tiles.insert(tile(change, new.name), at: 1)
    }
    let replaced = result.layers.count(where: \.isReplaced)
    return """
      <header>
      <h1>\(result.model.name)</h1>
      <p class="asked">Asked: <strong>\(result.request.goal)</strong>, method \(result.request.method), criterion \(result.request.criterion). \(verdict)</p>
      <div class="tiles">
      \(tiles)</div>
      \(table(result).markup)
      <p class="note">\(replaced) of \(result.layers.count) layers replaced. The run took \(NumberText.duration(seconds: result.seconds)). \
      Times are medians, in brackets the 10th to the 90th percentile.</p>
      </header>
      """
  }

  private static func tile(_ value: String, _ label: String) -> Markup {
    "<div class=\"tile\"><span class=\"value\">\(value)</span> <span class=\"label\">\(label)</span></div>\n"
  }

  private static func table(_ result: CompressionResult) -> TableMarkup {
    let before = result.before
    let after = result.after
    var table = TableMarkup(
      caption: "Before and after",
      columns: [.init("Quantity"), .init("Before", number: true), .init("After", number: true), .init("Change", number: true)])
    table.rows.append(
      (
        [
          "Time per run", "\(time(before))", "\(time(after))",
          "\(NumberText.ratio(before.medianMilliseconds, after.medianMilliseconds))",
        ], ""
      ))
    if before.metric != nil || after.metric != nil {
      table.rows.append(
        (
          [
            "\(metricName(before.metric ?? after.metric))", "\(metric(before.metric))", "\(metric(after.metric))",
            "\(change(before.metric, after.metric))",
          ], ""
        ))
    }
    for (name, old, new, text) in [
      ("MACs", before.macs, after.macs, NumberText.grouped), ("Parameters", before.parameters, after.parameters, NumberText.grouped),
      ("File size, bytes", before.bytes, after.bytes, NumberText.grouped),
    ] {
      table.rows.append((["\(name)", "\(text(old))", "\(text(new))", "\(NumberText.ratio(Double(old), Double(new)))"], ""))
    }
    return table
  }

  private static func time(_ figures: Figures) -> String {
    guard let median = figures.medianMilliseconds else { return "not measured" }
    guard let low = figures.p10Milliseconds, let high = figures.p90Milliseconds else { return NumberText.milliseconds(median) }
    return "\(NumberText.milliseconds(median)) (\(NumberText.significant(low))–\(NumberText.significant(high)))"
  }

  private static func metricName(_ metric: MetricValue?) -> String {
    guard let metric else { return "" }
    return "\(metric.name), \(NumberText.grouped(metric.count)) images of split \(metric.split)"
  }

  private static func metric(_ metric: MetricValue?) -> String {
    guard let metric else { return "not measured" }
    let unit = metric.unit.isEmpty ? "" : " " + metric.unit
    let error = metric.standardError.map { " ± " + NumberText.fixed($0, decimals: 3) } ?? ""
    return NumberText.fixed(metric.value, decimals: 3) + error + unit
  }

  private static func change(_ before: MetricValue?, _ after: MetricValue?) -> String {
    guard let before, let after else { return "–" }
    return NumberText.signed(after.value - before.value, decimals: 3)
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
