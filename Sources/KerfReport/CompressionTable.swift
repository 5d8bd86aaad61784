import KerfCompression

/// A compression result for the terminal: before and after, then every layer.
public enum CompressionTable {
  /// The text, ended by a newline.
  ///
  /// - Parameters:
  ///   - width: columns of the terminal; `nil` for no limit.
  ///   - colours: whether to use ANSI escape sequences.
  public static func text(_ result: CompressionResult, width: Int? = nil, colours: Bool = false) -> String {
    let style = TextStyle(colours: colours)
    let verdict = result.reached ? style.good("reached") : style.bad("not reached")
    var text = "\(style.strong(TextWidth.printable(result.model.name)))  asked: \(TextWidth.printable(result.request.goal)), \(verdict)\n\n"
    text += figures(result).text(width: width, colours: colours) + "\n"
    text += layers(result.layers).text(width: width, colours: colours)
    if let levels = result.quantization {
      text +=
        "\nlevels: ranges by \(levels.ranges), SQNR at the output \(NumberText.fixed(levels.sqnr, decimals: 1)) dB on calibration images"
        + (levels.before.metric.map { "; compressed in float32: \($0.name) \(value($0))" } ?? "") + "\n\n"
      text += QuantizationTable.layers(levels.layers, reasons: false).text(width: width, colours: colours)
    } else if result.layers.contains(where: { $0.precision == .int8 }) {
      text += "\nlevels: \(LevelsSection.unpolished)\n"
    }
    for warning in result.warnings { text += style.bad("warning") + ": " + TextWidth.printable(warning) + "\n" }
    return text
  }

  /// One line for each network of a curve, the original last.
  public static func curve(_ results: [CompressionResult]) -> TextTable {
    var table = TextTable([
      .init("network", .trailing), .init("ms", .trailing), .init("faster", .trailing), .init("metric", .trailing), .init("MACs", .trailing),
      .init("parameters", .trailing), .init("file", .trailing),
    ])
    func add(_ name: String, _ figures: Figures, faster: String) {
      table.add([
        name, figures.medianMilliseconds.map { NumberText.milliseconds($0) } ?? "–", faster, value(figures.metric),
        NumberText.scaled(figures.macs), NumberText.scaled(figures.parameters), NumberText.bytes(figures.bytes),
      ])
    }
    for (index, result) in results.enumerated() {
      add("\(index + 1)", result.after, faster: NumberText.ratio(result.before.medianMilliseconds, result.after.medianMilliseconds))
    }
    if let last = results.last { add("original", last.before, faster: "") }
    return table
  }

  /// Before, after and the change of each figure.
  public static func figures(_ result: CompressionResult) -> TextTable { figures(before: result.before, after: result.after) }

  static func figures(before: Figures, after: Figures) -> TextTable {
    var table = TextTable([.init(""), .init("before", .trailing), .init("after", .trailing), .init("change", .trailing)])
    table.add([
      "time per run", time(before), time(after), NumberText.ratio(before.medianMilliseconds, after.medianMilliseconds),
    ])
    for (metric, old, new) in MetricValue.pairs(before.metric, after.metric) {
      table.add(["\(metric.name), \(metric.count) \(metric.split)", value(old), value(new), MetricValue.change(old, new)])
    }
    for (name, old, new) in [("MACs", before.macs, after.macs), ("parameters", before.parameters, after.parameters)] {
      table.add([name, NumberText.scaled(old), NumberText.scaled(new), NumberText.ratio(Double(old), Double(new))])
    }
    if let old = before.memoryBytes, let new = after.memoryBytes {
      table.add(["memory", NumberText.bytes(old), NumberText.bytes(new), NumberText.ratio(Double(old), Double(new))])
    }
    table.add([
      "file", NumberText.bytes(before.bytes), NumberText.bytes(after.bytes), NumberText.ratio(Double(before.bytes), Double(after.bytes)),
    ])
    return table
  }

  /// One line for each layer; those that were left are faint.
  public static func layers(_ layers: [LayerResult]) -> TextTable {
    var table = TextTable([
      .init("layer", isElastic: true), .init("kernel", isOptional: true), .init("form"), .init("rank", .trailing),
      .init("error", .trailing),
      .init("ms", .trailing), .init("→ ms", .trailing), .init("MACs", .trailing, isOptional: true),
      .init("→ MACs", .trailing, isOptional: true),
      .init("reason", isElastic: true),
    ])
    for layer in layers {
      table.add(
        [
          layer.name, NumberText.shape(layer.kernel), layer.formText, layer.rank.map(String.init).joined(separator: ","),
          NumberText.significant(layer.error), NumberText.significant(layer.millisecondsBefore),
          NumberText.significant(layer.millisecondsAfter), NumberText.scaled(layer.macsBefore), NumberText.scaled(layer.macsAfter),
          layer.reason,
        ], layer.isReplaced || layer.precision != .float32 ? .normal : .faint)
    }
    return table
  }

  private static func time(_ figures: Figures) -> String {
    guard let low = figures.p10Milliseconds, let high = figures.p90Milliseconds else {
      return NumberText.milliseconds(figures.medianMilliseconds)
    }
    return "\(NumberText.milliseconds(figures.medianMilliseconds)) (\(NumberText.significant(low))–\(NumberText.significant(high)))"
  }

  private static func value(_ metric: MetricValue?) -> String {
    guard let metric else { return "–" }
    let error = metric.standardError.map { " ± " + NumberText.fixed($0, decimals: 3) } ?? ""
    return metric.isEqual ? "equal" : NumberText.fixed(metric.value, decimals: 3) + error + (metric.unit.isEmpty ? "" : " " + metric.unit)
  }
}
