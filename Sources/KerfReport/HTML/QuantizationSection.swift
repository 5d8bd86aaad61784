import KerfCompression

/// What a quantization has to say: a part of a quantization report, and of a compression report with layers on integers.
enum QuantizationSection {
  /// What was tried on the whole network.
  static func steps(_ steps: [QuantizationStep]) -> Markup? {
    table(steps).map { table in
      """
      <section aria-labelledby="steps">
      <h2 id="steps">Steps</h2>
      \(table)</section>
      """
    }
  }

  /// What became of each layer.
  static func layers(_ layers: [QuantizedLayerResult]) -> Markup? {
    table(layers, reasons: true).map { table in
      """
      <section aria-labelledby="layers">
      <h2 id="layers">Layers</h2>
      \(table)</section>
      """
    }
  }

  /// The steps in a table with a note on its columns; `nil` where there are none.
  static func table(_ steps: [QuantizationStep]) -> Markup? {
    guard !steps.isEmpty else { return nil }
    var table = TableMarkup(
      caption: "What was tried on levels, in order",
      columns: [
        .init("Step"), .init("SQNR at the output, dB", number: true), .init("Metric, validation split", number: true), .init("Kept"),
      ])
    for step in steps {
      table.rows.append(
        (
          [
            "\(step.name)", "\(NumberText.fixed(step.sqnr, decimals: 2))", "\(NumberText.fixed(step.metric, decimals: 3))",
            step.kept ? "yes" : "no",
          ], step.kept ? "replaced" : "left"
        ))
    }
    return """
      \(table.markup)
      <p class="note">SQNR: signal to quantization noise, 10 log₁₀(Σ(y − ȳ)² / Σ(ŷ − y)²), on calibration images.</p>

      """
  }

  /// The layers in a table with a note on its columns; `nil` where there are none.
  /// - Parameter reasons: whether to say why each layer has its precision.
  static func table(_ layers: [QuantizedLayerResult], reasons: Bool) -> Markup? {
    guard !layers.isEmpty else { return nil }
    var table = TableMarkup(
      caption: "Every layer: precision, range, saturated share and noise" + (reasons ? ", or why it stays float" : ""),
      columns: [
        .init("Layer"), .init("Kernel"), .init("Precision"), .init("Range of its result", number: true), .init("Scale", number: true),
        .init("Zero point", number: true), .init("Saturated", number: true), .init("SQNR, dB", number: true), .init("Work", number: true),
      ] + (reasons ? [.init("Reason")] : []))
    for layer in layers {
      var cells: [Markup] = [
        "\(layer.name)", "<span class=\"sub\">\(layer.op)</span> \(NumberText.shape(layer.kernel))", "\(layer.precision)",
        "\(QuantizationTable.range(layer.range))", "\(NumberText.significant(layer.scale.map(Double.init)))",
        "\(layer.zeroPoint.map(String.init) ?? "–")", "\(QuantizationTable.percent(layer.saturated))",
        "\(NumberText.fixed(layer.sqnr, decimals: 1))", "\(QuantizationTable.percent(layer.share))",
      ]
      if reasons { cells.append("<span class=\"reason\">\(layer.reason)</span>") }
      table.rows.append((cells, layer.isQuantized ? "replaced" : "left"))
    }
    return """
      \(table.markup)
      <p class="note">Saturated: share of the result's elements on calibration images beyond its range. SQNR: of the layer's result in the quantized
      network, everything before the layer included. Work: share of the network's multiply-adds.</p>

      """
  }
}
