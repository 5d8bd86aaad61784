import KerfCompression

/// The levels of a compressed network's int8 layers: ranges, saturated shares and noise, and the network before it had levels.
enum LevelsSection: ReportSection {
  static func markup(for result: CompressionResult) -> Markup? {
    guard result.layers.contains(where: { $0.precision == .int8 }) || result.quantization != nil else { return nil }
    return """
      <section aria-labelledby="levels">
      <h2 id="levels">Levels</h2>
      \(result.quantization.map(parts) ?? ["<p class=\"note\">\(unpolished)</p>\n"])</section>
      """
  }

  /// What is said in place of figures where the steps on levels were not kept.
  static let unpolished =
    "The int8 layers are rounded to the nearest levels by ranges of least squared error: with everything else that was tried on levels the "
    + "metric of the validation split is lower, so that there are no figures of it."

  private static func parts(_ levels: QuantizationResult) -> [Markup] {
    let quantized = levels.layers.count(where: \.isQuantized)
    // The times are those of other engine options than the run's: they would not compare with the table on top.
    let figures = SummarySection.table(
      before: levels.before, after: levels.after, caption: "The compressed network before and after it was quantized",
      columns: ("float32", quantized == levels.layers.count ? "int8" : "int8 and float32"), times: false)
    let header: Markup = """
      <p>\(quantized) of \(levels.layers.count) layers of the compressed network are on integers, ranges by \(levels.ranges); signal to quantization \
      noise at the output \(NumberText.fixed(levels.sqnr, decimals: 1)) dB on calibration images.</p>
      \(figures.markup)

      """
    return [header, QuantizationSection.table(levels.layers, reasons: false), QuantizationSection.table(levels.steps)].compactMap { $0 }
  }
}
