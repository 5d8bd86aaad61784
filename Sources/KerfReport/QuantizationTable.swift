import KerfCompression

/// A quantization result for the terminal: before and after, the steps, then every layer.
public enum QuantizationTable {
  /// The text, ended by a newline.
  ///
  /// - Parameters:
  ///   - width: columns of the terminal; `nil` for no limit.
  ///   - colours: whether to use ANSI escape sequences.
  public static func text(_ result: QuantizationResult, width: Int? = nil, colours: Bool = false) -> String {
    let style = TextStyle(colours: colours)
    let verdict = result.reached ? style.good("reached") : style.bad("not reached")
    var text =
      "\(style.strong(TextWidth.printable(result.model.name)))  asked: max-harm \(result.maxHarm), \(verdict); ranges by \(result.ranges)\n\n"
    text += CompressionTable.figures(before: result.before, after: result.after).text(width: width, colours: colours) + "\n"
    text += steps(result.steps).text(width: width, colours: colours) + "\n"
    text += layers(result.layers).text(width: width, colours: colours)
    for warning in result.warnings { text += style.bad("warning") + ": " + TextWidth.printable(warning) + "\n" }
    return text
  }

  /// One line for each step; those that were not kept are faint.
  public static func steps(_ steps: [QuantizationStep]) -> TextTable {
    var table = TextTable([
      .init("step", isElastic: true), .init("SQNR at output, dB", .trailing), .init("metric, validation", .trailing), .init("kept"),
    ])
    for step in steps {
      table.add(
        [
          step.name, NumberText.fixed(step.sqnr, decimals: 2), NumberText.fixed(step.metric, decimals: 3), step.kept ? "yes" : "no",
        ], step.kept ? .normal : .faint)
    }
    return table
  }

  /// One line for each layer; those that stay float are faint.
  /// - Parameter reasons: whether to say why each layer has its precision.
  public static func layers(_ layers: [QuantizedLayerResult], reasons: Bool = true) -> TextTable {
    var table = TextTable(
      [
        .init("layer", isElastic: true), .init("kernel", isOptional: true), .init("precision"), .init("range of its result", .trailing),
        .init("saturated", .trailing), .init("SQNR, dB", .trailing), .init("work", .trailing, isOptional: true),
      ] + (reasons ? [.init("reason", isElastic: true)] : []))
    for layer in layers {
      table.add(
        [
          layer.name, NumberText.shape(layer.kernel), layer.precision, range(layer.range), percent(layer.saturated),
          NumberText.fixed(layer.sqnr, decimals: 1), percent(layer.share),
        ] + (reasons ? [layer.reason] : []), layer.isQuantized ? .normal : .faint)
    }
    return table
  }

  static func range(_ range: ValueRange?) -> String {
    range.map { "\(NumberText.significant($0.low))…\(NumberText.significant($0.high))" } ?? "–"
  }

  static func percent(_ share: Double?) -> String { share.map { NumberText.significant(100 * $0) + " %" } ?? "–" }
}
