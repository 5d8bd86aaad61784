import KerfCompression

/// A quantization result as one HTML file, like `HTMLReport`.
public struct QuantizationReport: Sendable {
  public let result: QuantizationResult

  public init(_ result: QuantizationResult) {
    self.result = result
  }

  /// The file's text, UTF-8.
  public func html() -> String {
    let parts = [header, QuantizationSection.steps(result.steps), QuantizationSection.layers(result.layers)]
    return Page.html(
      title: "\(result.model.name), quantized",
      (parts + [
        PictureSection.markup(for: result.pictures),
        ProvenanceSection.section(result.machine, path: result.model.path, versions: result.versions),
      ]).compactMap { $0 })
  }

  private var header: Markup? {
    let verdict: Markup = result.reached ? "<span class=\"badge good\">reached</span>" : "<span class=\"badge bad\">not reached</span>"
    let warnings: [Markup] = result.warnings.map { "<p class=\"note\">Warning: \($0)</p>\n" }
    let quantized = result.layers.count(where: \.isQuantized)
    return """
      <header>
      <h1>\(result.model.name)</h1>
      <p class="asked">Asked: <strong>max-harm \(NumberText.significant(result.maxHarm))</strong>, ranges by \(result.ranges). \(verdict)</p>
      \(SummarySection.table(before: result.before, after: result.after).markup)
      <p class="note">\(quantized) of \(result.layers.count) layers on integers; signal to quantization noise at the output \
      \(NumberText.fixed(result.sqnr, decimals: 1)) dB on calibration images. The run took \(NumberText.duration(seconds: result.seconds)). \
      \(SummarySection.timesNote)</p>
      \(warnings)</header>
      """
  }
}
