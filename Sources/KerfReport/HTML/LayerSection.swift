import KerfCompression

/// What became of each layer.
enum LayerSection: ReportSection {
  static func markup(for result: CompressionResult) -> Markup? {
    guard !result.layers.isEmpty else { return nil }
    var table = TableMarkup(
      caption: "Every layer: form, rank, error and cost, or why it was left",
      columns: [
        .init("Layer"), .init("Kernel"), .init("Form"), .init("Rank", number: true), .init("Relative error", number: true),
        .init("Time, ms", number: true), .init("MACs", number: true), .init("Parameters", number: true), .init("Reason"),
      ])
    for layer in result.layers {
      let form: Markup = "\(layer.formText)"
      table.rows.append(
        (
          [
            "\(layer.name)", "<span class=\"sub\">\(layer.op)</span> \(NumberText.shape(layer.kernel))", form,
            "\(layer.rank.isEmpty ? "–" : layer.rank.map(String.init).joined(separator: ", "))", "\(NumberText.significant(layer.error))",
            change(layer.millisecondsBefore, layer.millisecondsAfter) { NumberText.significant($0) },
            change(layer.macsBefore, layer.macsAfter) { NumberText.scaled($0) },
            change(layer.parametersBefore, layer.parametersAfter) { NumberText.scaled($0) },
            "<span class=\"reason\">\(layer.reason)</span>",
          ], layer.isReplaced || layer.precision != .float32 ? "replaced" : "left"
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

  /// `"4.20 → 2.31"`, or one value where it did not change or one is missing.
  private static func change<Value: Equatable>(_ before: Value?, _ after: Value?, _ text: (Value) -> String) -> Markup {
    guard let before, let after else { return "\((before ?? after).map(text) ?? "–")" }
    return before == after ? "\(text(before))" : "\(text(before)) → \(text(after))"
  }
}
