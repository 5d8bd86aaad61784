import KerfCompression

/// What became of each layer.
enum LayerSection: ReportSection {
  static func markup(for result: CompressionResult) -> Markup? {
    guard !result.layers.isEmpty else { return nil }
    var table = TableMarkup(
      caption: "Every layer: form, rank, error and cost, or why it was left",
      columns: [
        .init("Layer"), .init("Operator"), .init("Kernel"), .init("Form"), .init("Rank", number: true), .init("Relative error", number: true),
        .init("ms before", number: true), .init("ms after", number: true), .init("MACs before", number: true),
        .init("MACs after", number: true), .init("Parameters before", number: true), .init("Parameters after", number: true),
        .init("Reason"),
      ])
    for layer in result.layers {
      let form: Markup = layer.form.map { "\($0)" } ?? "left"
      table.rows.append(
        (
          [
            "\(layer.name)", "\(layer.op)", "\(NumberText.shape(layer.kernel))", form,
            "\(layer.rank.isEmpty ? "–" : layer.rank.map(String.init).joined(separator: ", "))",
            "\(NumberText.significant(layer.error))", "\(NumberText.significant(layer.millisecondsBefore))",
            "\(NumberText.significant(layer.millisecondsAfter))", "\(NumberText.grouped(layer.macsBefore))",
            "\(NumberText.grouped(layer.macsAfter))", "\(NumberText.grouped(layer.parametersBefore))",
            "\(NumberText.grouped(layer.parametersAfter))", "<span class=\"reason\">\(layer.reason)</span>",
          ], layer.isReplaced ? "replaced" : "left"
        ))
    }
    return """
      <section aria-labelledby="layers">
      <h2 id="layers">Layers</h2>
      \(table.markup)
      <p class="note">Relative error: ‖y − ŷ‖ / ‖y‖ of the layer's response on the calibration data.</p>
      </section>
      """
  }
}
