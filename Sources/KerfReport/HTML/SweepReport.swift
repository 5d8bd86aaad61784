import KerfCompression

/// A sweep as one HTML file, like `HTMLReport`.
public struct SweepReport: Sendable {
  public let result: SweepResult

  public init(_ result: SweepResult) {
    self.result = result
  }

  /// The file's text, UTF-8.
  public func html() -> String {
    let provenance = ProvenanceSection.section(result.machine, path: result.model.path, versions: result.versions)
    return Page.html(
      title: "\(result.model.name), ranks swept",
      [header, ConditionSection.markup(for: result)].compactMap { $0 } + result.layers.map(section)
        + [skipped, provenance].compactMap { $0 })
  }

  private var header: Markup {
    let metric = result.metric.map { ", \($0.name) of the network as it is \(NumberText.fixed($0.value, decimals: 3)) \($0.unit)" } ?? ""
    return """
      <header>
      <h1>\(result.model.name)</h1>
      <p class="asked">Rank against fit, time, multiply-adds and error; criterion <strong>\(result.criterion)</strong>\(metric). \
      The run took \(NumberText.duration(seconds: result.seconds)).</p>
      </header>
      """
  }

  /// What a plot shows of a point; a new plot is one line here.
  private struct View: Sendable {
    let title, x, y: String
    let at: @Sendable (SweepPoint, SweptLayer) -> (x: Double, y: Double?)
  }

  private static func rank(_ point: SweepPoint) -> Double { Double(point.rank.max() ?? 0) }
  private static func share(_ point: SweepPoint, _ layer: SweptLayer) -> Double { 100 * Double(point.macs) / Double(max(1, layer.macs)) }

  private static let views = [
    View(title: "Fit against rank", x: "rank (the larger one of two)", y: "fit, %") { point, _ in (rank(point), point.fit) },
    View(title: "Fit against work", x: "multiply-adds, % of the layer's", y: "fit, %") { point, layer in (share(point, layer), point.fit) },
    View(title: "Response error against work", x: "multiply-adds, % of the layer's", y: "error, % of energy") { point, layer in
      (share(point, layer), point.responseError.map { 100 * $0 })
    },
    View(title: "Time to factorize against rank", x: "rank (the larger one of two)", y: "s") { point, _ in (rank(point), point.seconds) },
    View(title: "Time to run against work", x: "multiply-adds, % of the layer's", y: "ms") { point, layer in
      (share(point, layer), point.milliseconds)
    },
    View(title: "Accuracy of the network against work", x: "multiply-adds, % of the layer's", y: "metric") { point, layer in
      (share(point, layer), point.metric)
    },
    View(title: "Norm of the terms against rank", x: "rank", y: "share of the kernel's energy") { point, _ in (rank(point), point.norm) },
  ]

  private func section(_ layer: SweptLayer) -> Markup {
    var labels: [String] = []
    for point in layer.points where !labels.contains(point.label) { labels.append(point.label) }
    let plots: [Markup] = Self.views.compactMap { view in
      let lines = labels.map { label in
        LinePlot.Line(
          name: label,
          points: layer.points.filter { $0.label == label }.compactMap { point in
            let (x, y) = view.at(point, layer)
            return y.map { (x, $0) }
          })
      }
      return LinePlot(title: view.title, x: view.x, y: view.y, lines: lines).markup
    }
    let spectrum = SpectrumPlot.markup(
      title: "Singular values of the unfoldings", y: "of the largest",
      layer.spectra.map {
        ("\($0.name) \(NumberText.shape($0.shape)), condition \(NumberText.significant($0.conditionNumber))", $0.values, nil)
      })
    return """
      <section>
      <h2>\(layer.name)</h2>
      <p class="note">\(theory(layer))</p>
      <div class="plots">
      \(plots)\(spectrum ?? "")</div>
      \(filters(layer))\
      \(table(layer).markup)
      \(left(layer))</section>
      """
  }

  private func filters(_ layer: SweptLayer) -> Markup {
    guard !layer.filters.isEmpty else { return "" }
    return """
      <h3>Filters of \(layer.name) and their approximations</h3>
      <p class="note">Mid-grey is 0, black and white are ∓ the largest weight of a filter as it is. Where the input has three channels a filter is drawn in \
      red, green and blue in the order of the channels, else every slice is drawn by itself.</p>
      <div class="filters">
      \(PictureSection.rows(layer.filters))</div>

      """
  }

  private func theory(_ layer: SweptLayer) -> String {
    var text =
      "\(layer.op) \(NumberText.shape(layer.kernel)), \(NumberText.scaled(layer.macs)) multiply-adds; tensor rank at most \(layer.tensorRankBound)"
    for (name, ranks) in [("filter bank", layer.typicalRankOfBank), ("merged spatial modes", layer.typicalRankOfMerged)] {
      if let ranks { text += "; typical rank of the \(name) \(ranks.map(String.init).joined(separator: " or "))" }
    }
    let crossovers = layer.crossoverRanks.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value.map(String.init).joined(separator: ","))" }
    return text + (crossovers.isEmpty ? "" : ". Crossover ranks: \(crossovers.joined(separator: " · "))") + "."
  }

  private func table(_ layer: SweptLayer) -> TableMarkup {
    var table = TableMarkup(
      caption: "Forms and ranks of \(layer.name)",
      columns: [
        .init("Form"), .init("Rank", number: true), .init("Fit, %", number: true), .init("Response error", number: true),
        .init("Seconds", number: true), .init("MACs", number: true), .init("ms", number: true), .init("Dense ms", number: true),
        .init("Metric", number: true), .init("Norm", number: true), .init("Sensitivity", number: true),
      ])
    for point in layer.points {
      table.rows.append(
        (
          [
            "\(point.label)", "\(point.rank.map(String.init).joined(separator: ","))", "\(NumberText.fixed(point.fit, decimals: 2))",
            "\(NumberText.significant(point.responseError))", "\(NumberText.significant(point.seconds))",
            "\(NumberText.scaled(point.macs))",
            "\(NumberText.significant(point.milliseconds))", "\(NumberText.significant(point.denseMilliseconds))",
            "\(NumberText.fixed(point.metric, decimals: 3))", "\(NumberText.significant(point.norm))",
            "\(NumberText.significant(point.sensitivity))",
          ], ""
        ))
    }
    return table
  }

  private func left(_ layer: SweptLayer) -> [Markup] {
    layer.left.sorted { $0.key < $1.key }.map { "<p class=\"note\">Left out: \($0.key): \($0.value)</p>\n" }
  }

  private var skipped: Markup? {
    guard !result.skipped.isEmpty else { return nil }
    let items: [Markup] = result.skipped.map { "<p class=\"note\">Left alone: \($0.name) (\($0.opType)): \($0.reason)</p>\n" }
    return "<section>\n\(items)</section>\n"
  }
}
