import KerfCompression

/// Condition numbers of every layer's unfoldings in the order of the network, with the threshold from which a layer is marked for decomposition.
///
/// - Reference: Sedky & Hosmer, Low-rank approximations for convolutional layers in super resolution applications, figure 2.
enum ConditionSection {
  static func markup(for result: SweepResult) -> Markup? {
    let names = result.unfoldings
    guard result.layers.count > 1, !names.isEmpty else { return nil }
    let lines = names.map { name in
      LinePlot.Line(
        name: name,
        points: result.layers.enumerated().compactMap { place, layer in
          layer.conditionNumber(of: name).map { (Double(place + 1), $0) }
        })
    }
    let threshold = NumberText.significant(result.conditionThreshold, digits: 2)
    let plot = LinePlot(
      title: "Condition number of every layer", x: "layer, in the network's order", y: "largest to smallest singular value",
      isLogarithmic: true, lines: lines, level: ("threshold \(threshold)", result.conditionThreshold))
    let marked = result.layers.count { $0.isMarked(from: result.conditionThreshold) }
    return """
      <section aria-labelledby="conditions">
      <h2 id="conditions">Condition numbers</h2>
      <p class="note">\(marked) of \(result.layers.count) layers reach the threshold of \(threshold) of the rule condition-number with one of their \
      unfoldings, and are marked for decomposition. An unfolding without full rank has the condition number ∞, which is not drawn.</p>
      <div class="wide">
      \(plot.markup ?? "")</div>
      \(table(result, names).markup)
      </section>
      """
  }

  private static func table(_ result: SweepResult, _ names: [String]) -> TableMarkup {
    var table = TableMarkup(
      caption: "Condition numbers of the unfoldings",
      columns: [.init("Layer"), .init("Kernel")] + names.map { .init($0, number: true) } + [.init("Marked")])
    for layer in result.layers {
      let numbers: [Markup] = names.map { "\(NumberText.significant(layer.conditionNumber(of: $0)))" }
      let isMarked = layer.isMarked(from: result.conditionThreshold)
      table.rows.append(
        (["\(layer.name)", "\(NumberText.shape(layer.kernel))"] + numbers + [isMarked ? "yes" : "no"], isMarked ? "replaced" : ""))
    }
    return table
  }
}
