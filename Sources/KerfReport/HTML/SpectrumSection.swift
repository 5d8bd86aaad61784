import Foundation
import KerfCompression

/// The singular values of each layer's unfoldings, with the rank that was kept.
enum SpectrumSection: ReportSection {
  static let width = 260.0
  static let height = 130.0
  /// Values below this fraction of the largest are drawn on the floor.
  static let floor = 1e-4

  static func markup(for result: CompressionResult) -> Markup? {
    let layers = result.layers.filter { layer in layer.spectra.contains { !$0.values.isEmpty } }
    guard !layers.isEmpty else { return nil }
    let figures: [Markup] = layers.map(figure)
    return """
      <section aria-labelledby="spectra">
      <h2 id="spectra">Spectra</h2>
      <p class="note">Singular values of each unfolding relative to the largest, logarithmic from 1 down to 10⁻⁴. \
      The upright line marks the rank kept.</p>
      <div class="spectra">
      \(figures)</div>
      </section>
      """
  }

  private static func figure(_ layer: LayerResult) -> Markup {
    let spectra = layer.spectra.filter { !$0.values.isEmpty }
    let longest = spectra.map(\.values.count).max() ?? 1
    let curves: [Markup] = spectra.enumerated().map { place, spectrum in curve(spectrum, colour: place % LinePlot.styles, longest: longest)
    }
    let keys: [Markup] = spectra.enumerated().map { place, spectrum in
      let kept = spectrum.chosen.map { "rank \($0) of \(spectrum.values.count)" } ?? "\(spectrum.values.count) values"
      return "<span class=\"item\"><span class=\"key line\(place % LinePlot.styles)\"></span> \(spectrum.name): \(kept)</span>\n"
    }
    let decades: [Markup] = (0...4).map { decade in
      let up = position(pow(10, -Double(decade)))
      return "<line class=\"grid\" x1=\"30\" x2=\"\(at: width - 6)\" y1=\"\(at: up)\" y2=\"\(at: up)\"/>"
    }
    let words = spectra.map { "\($0.name), \($0.values.count) values\($0.chosen.map { ", rank \($0) kept" } ?? "")" }
      .joined(separator: "; ")
    return """
      <figure>
      <figcaption><strong>\(layer.name)</strong> \(layer.form.map { "\($0) \(layer.rank.map(String.init).joined(separator: ", "))" } ?? "left")</figcaption>
      <svg viewBox="0 0 \(at: width) \(at: height)" role="img" aria-label="Singular values of \(layer.name): \(words)">
      \(decades)
      <text x="26" y="\(at: position(1) + 4)" text-anchor="end">1</text>\
      <text x="26" y="\(at: position(floor) + 4)" text-anchor="end">10⁻⁴</text>
      <text x="30" y="\(at: height - 3)">1</text><text x="\(at: width - 6)" y="\(at: height - 3)" text-anchor="end">\(longest)</text>
      \(curves)</svg>
      <p class="legend">\(keys)</p>
      </figure>

      """
  }

  private static func curve(_ spectrum: Spectrum, colour: Int, longest: Int) -> Markup {
    let largest = spectrum.values.first ?? 0
    func across(_ place: Int) -> Double { 30 + (width - 36) * (longest > 1 ? Double(place) / Double(longest - 1) : 0.5) }
    let points: [Markup] = spectrum.values.enumerated().map { place, value in
      "\(at: across(place)),\(at: position(largest > 0 ? value / largest : 0)) "
    }
    var result: Markup = "<polyline class=\"spectrum line\(colour)\" points=\"\(points)\"/>\n"
    if let chosen = spectrum.chosen, chosen >= 1, chosen <= spectrum.values.count {
      let value = largest > 0 ? spectrum.values[chosen - 1] / largest : 0
      result += """
        <line class="rank line\(colour)" x1="\(at: across(chosen - 1))" x2="\(at: across(chosen - 1))" y1="\(at: position(1))" \
        y2="\(at: position(floor))"/><circle class="rankdot line\(colour)" cx="\(at: across(chosen - 1))" cy="\(at: position(value))" r="3.5"/>

        """
    }
    return result
  }

  /// The height at which a relative value stands.
  private static func position(_ relative: Double) -> Double {
    let clipped = relative.isFinite ? min(1, max(floor, relative)) : floor
    return 10 + (height - 32) * log10(clipped) / log10(floor)
  }
}
