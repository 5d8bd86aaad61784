import KerfData

/// A card for tests: a grey denoiser on a folder that is not there, with the parts given written otherwise.
///
/// - Parameter parts: `task`, `colour`, `metric` (one or none), `input`, `output`, `source` (the one source, `s`), `splits`, `more` (lines
///   at the end).
func card(_ parts: [String: String], file: String = "card.yaml") throws(DataError) -> DataCard {
  func part(_ name: String, _ usual: String) -> String { parts[name] ?? usual }
  return try DataCard(
    yaml: """
      name: test
      task: \(part("task", "{ kind: denoise, sigma: 1 }"))
      colour: \(part("colour", "grey"))
      input: \(part("input", "{}"))
      output: \(part("output", "{}"))
      metrics: [\(part("metric", "{ kind: psnr }"))]
      sources:
        s: \(part("source", "{ kind: folder, path: none }"))
      splits:
        \(part("splits", "{ test: { source: s } }"))
      \(part("more", ""))
      """, file: file)
}
