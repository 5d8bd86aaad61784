import KerfCompression

/// The singular values of each layer's unfoldings, with the rank that was kept.
enum SpectrumSection: ReportSection {
  static func markup(for result: CompressionResult) -> Markup? {
    let figures = result.layers.compactMap(figure)
    guard !figures.isEmpty else { return nil }
    return """
      <section aria-labelledby="spectra">
      <h2 id="spectra">Spectra</h2>
      <p class="note">Singular values of each unfolding relative to the largest, those below 10⁻⁴ at 10⁻⁴. \
      The upright line marks the rank kept.</p>
      <div class="plots">
      \(figures)</div>
      </section>
      """
  }

  private static func figure(_ layer: LayerResult) -> Markup? {
    let form = layer.form.map { "\($0) \(layer.rank.map(String.init).joined(separator: ", "))" } ?? "left"
    let spectra = layer.spectra.filter { !$0.values.isEmpty }.map { spectrum in
      let kept = spectrum.chosen.map { "rank \($0) of \(spectrum.values.count)" } ?? "\(spectrum.values.count) values"
      return (name: "\(spectrum.name): \(kept)", values: spectrum.values, kept: spectrum.chosen)
    }
    return SpectrumPlot.markup(title: layer.name, y: form, spectra)
  }
}
