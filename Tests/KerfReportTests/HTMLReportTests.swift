import Foundation
import KerfCompression
import KerfReport
import Testing

@Suite struct HTMLReportTests {
  let html = HTMLReport(SampleResult.full).html()

  @Test("Every figure of the result stands in the report as it is")
  func figuresAreShown() {
    for text in [
      ">36.413 G<", ">14.213 G<", "555,137", "222,611", "2,226,546", "901,234", ">81.4 ms<", ">(78.9–87.9)<", ">40.1 ms<", ">(38.9–43.3)<",
      ">30.413 dB<", ">30.321 dB<", ">± 0.413<", "−0.092", "2.03×", "12 min 34 s", "speedup 2", "asymmetric", "Example CPU", "avx512",
      "0.0123", "9 of 10 layers replaced, 3 on integers",
    ] { #expect(html.contains(text), "\(text)") }
  }

  @Test("Every figure of the card has a line; that of equal pictures is not a number")
  func otherFiguresAreShown() {
    var result = SampleResult.full
    for (path, value) in [(\CompressionResult.before, 100), (\.after, 41.25)] {
      result[keyPath: path].metric?.others = [MetricValue(name: "psnr-to-original", value: value, unit: "dB", count: 12, split: "test")]
    }
    let html = HTMLReport(result).html()
    #expect(html.contains(">equal</td>") && html.contains(">41.250 dB<") && !html.contains("100.000"))
    let text = CompressionTable.text(result)
    let line = text.split(separator: "\n").first { $0.contains("psnr-to-original, 12 test") }
    #expect(line?.contains("equal") == true && line?.contains("41.250 dB") == true && line?.contains("–") == true)
  }

  @Test("Every layer stands in the table with its form, rank and reason", arguments: SampleResult.full.layers.indices)
  func layersAreShown(index: Int) {
    let layer = SampleResult.full.layers[index]
    #expect(html.contains(">\(escaped(layer.reason))<"))
    if layer.form != nil {
      #expect(html.contains("<td>\(layer.formText)</td><td class=\"number\">\(layer.rank.map(String.init).joined(separator: ", "))</td>"))
    }
  }

  @Test("What a quantization report says of levels stands in a compression report too")
  func levelsAreShown() throws {
    let levels = try #require(SampleResult.levels)
    for text in [
      "3 of 4 layers of the compressed network are on integers, ranges by mse", "37.6 dB on calibration images", ">30.340 dB<", "245,678",
      ">float32<", ">int8 and float32<", "ranges &lt;mse&gt;", ">35.17<", ">30.222<",
    ] { #expect(html.contains(text), "\(text)") }
    let table = try #require(html.components(separatedBy: "Every layer: precision").last?.components(separatedBy: "</table>").first)
    for layer in levels.layers {
      let row = try #require(table.components(separatedBy: "</tr>").first { $0.contains(">\(escaped(layer.name))<") })
      #expect(row.contains("<td>\(layer.precision)</td>"))
      guard layer.isQuantized else { continue }
      for text in ["−1.25…3.5", "0.0186", ">67<", "0.0310 %", ">41."] { #expect(row.contains(text), "\(text)") }
    }
    // Measured with other options than the run's.
    #expect(!html.contains("44.4 ms"))
    // Why a layer is on integers stands in the table of layers.
    #expect(!html.contains("&lt;em&gt;"))
  }

  @Test("Int8 layers without figures of levels are explained, networks without any have no such part")
  func levelsWithoutFigures() {
    var result = SampleResult.full
    result.quantization = nil
    #expect(HTMLReport(result).html().contains("<h2 id=\"levels\">"))
    #expect(CompressionTable.text(result).contains("levels: The int8 layers are rounded to the nearest levels"))
    result.layers = result.layers.map { layer in
      var layer = layer
      layer.precision = .float32
      return layer
    }
    #expect(!HTMLReport(result).html().contains("id=\"levels\""))
    #expect(!CompressionTable.text(result).contains("levels"))
  }

  @Test("No two parts have the same name, and every name that is referred to exists")
  func partsHaveNames() throws {
    let quantization = QuantizationReport(try #require(SampleResult.levels)).html()
    for page in [html, quantization] {
      let names = page.matches(of: /id="([^"]*)"/).map { $0.output.1 }
      #expect(Set(names).count == names.count, "\(names)")
      let wanted = page.matches(of: /aria-labelledby="([^"]*)"/).map { $0.output.1 }
      #expect(Set(wanted).isSubset(of: names) && wanted.count >= 3, "\(wanted)")
    }
    #expect(quantization.contains("&lt;em&gt;") && quantization.contains("What was tried on levels"))
  }

  @Test("The terminal's text has ranges, saturated shares and noise of every layer of levels")
  func levelsInTheTerminal() throws {
    let text = CompressionTable.text(SampleResult.full)
    #expect(text.contains("ranges by mse, SQNR at the output 37.6 dB") && text.contains("compressed in float32: PSNR 30.340 ± 0.413 dB"))
    for layer in try #require(SampleResult.levels).layers where layer.isQuantized {
      let line = try #require(text.split(separator: "\n").last { $0.hasPrefix(layer.name) })
      for part in ["int8", "−1.25…3.5", "0.0310 %", "41."] { #expect(line.contains(part), "\(line)") }
    }
  }

  @Test("Names, reasons, captions and recipes cannot become markup")
  func hostileTextIsEscaped() {
    for text in [
      "<script", "<b>", "<img src=x", "onerror=alert(1)>", "</pre><", "<than>", "<3>", "<spread>", "<i>", "<em>", "<mse>", "\u{0}",
    ] {
      #expect(!html.contains(text), "\(text)")
    }
    #expect(html.contains("conv&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&quot;&amp;/1\u{FFFD}"))
  }

  @Test("The file names no address to load anything from")
  func nothingIsLoaded() {
    for text in ["http:", "https:", "//www", "@import", "url(", "<script", "<link", "<iframe", "<object"] {
      #expect(!html.contains(text), "\(text)")
    }
    let sources = html.components(separatedBy: "src=\"").dropFirst()
    #expect(sources.count == 10)
    #expect(sources.allSatisfy { $0.hasPrefix("data:image/png;base64,") })
    #expect(html.contains("default-src 'none'"))
  }

  @Test("Every picture has words, every table a caption")
  func accessibility() {
    #expect(count("<img ") == count("<img alt=\""))
    #expect(count("<table ") == count("<caption>"))
    #expect(count("<svg ") == count("role=\"img\" aria-label="))
    #expect(count("<svg ") == 10)
  }

  @Test("Tags are closed in the order they were opened")
  func tagsAreBalanced() throws {
    var open: [Substring] = []
    for match in html.matches(of: /<(\/?)([a-z][a-z0-9]*)[^>]*?(\/?)>/) {
      let (_, closing, name, empty) = match.output
      if ["meta", "img", "br"].contains(name) || !empty.isEmpty { continue }
      if closing.isEmpty { open.append(name) } else { #expect(open.popLast() == name) }
    }
    #expect(open.isEmpty)
  }

  @Test("What is not base64 of a PNG is not put into the page")
  func foreignPictures() {
    var result = SampleResult.full
    result.pictures = [
      PictureRow(name: "x", images: [.init(caption: "input", png: "\" onload=\"alert(3)"), .init(caption: "after", png: "PHN2Zz4=")])
    ]
    let html = HTMLReport(result).html()
    #expect(!html.contains("<img"))
    #expect(html.contains("not a PNG in base64"))
  }

  @Test("The spectra are drawn with the ranks kept, and without the rest of their points")
  func spectraAreDrawn() throws {
    let part = try #require(html.components(separatedBy: "<h2 id=\"spectra\">").last?.components(separatedBy: "</section>").first)
    let spectra = SampleResult.full.layers.flatMap(\.spectra)
    let kept = spectra.compactMap(\.chosen)
    func count(_ text: String) -> Int { part.components(separatedBy: text).count - 1 }
    #expect(count("<polyline") == spectra.count && count("class=\"rank line") == kept.count && count("<circle") == kept.count)
    for (spectrum, rank) in spectra.compactMap({ spectrum in spectrum.chosen.map { (spectrum, $0) } }) {
      #expect(part.contains("\(escaped(spectrum.name)): rank \(rank) of \(spectrum.values.count)"))
    }
  }

  @Test("A result with nothing measured and values that are not finite still makes a page")
  func sparseResult() {
    let nothing = Figures(parameters: 0, macs: 0, bytes: 0)
    var result = SampleResult.full
    result.before = nothing
    result.after = nothing
    result.layers = [
      LayerResult(
        name: "", op: "", kernel: [], reason: "", error: .nan, parametersBefore: 0, parametersAfter: 0, macsBefore: 0, macsAfter: 0,
        spectra: [Spectrum(name: "zeros", values: [0, 0], chosen: 7), Spectrum(name: "one", values: [.infinity], chosen: 1)])
    ]
    result.candidates = [
      CandidatePoint(label: "a", medianMilliseconds: .nan, metric: .infinity), CandidatePoint(label: "b", medianMilliseconds: 1, metric: 1),
    ]
    result.pictures = []
    result.recipe = ""
    result.warnings = []
    result.reached = false
    let html = HTMLReport(result).html()
    #expect(html.contains("not reached") && html.contains("not measured"))
    #expect(!html.contains("=\"nan") && !html.contains("=\"inf"))
  }

  @Test("The front holds exactly the candidates that nothing faster reaches")
  func paretoFront() throws {
    let table = try #require(
      html.components(separatedBy: "Networks tried, fastest first</caption>").last?.components(separatedBy: "</table>").first)
    func row(_ label: String) throws -> String {
      try #require(table.components(separatedBy: "<th scope=\"row\">\(label)</th>").last?.components(separatedBy: "</tr>").first)
    }
    for label in ["original", "step 1", "step 2", "step &lt;3&gt;", "step 4", "step 5"] {
      #expect(try row(label).contains("<td>yes</td>"), "\(label)")
    }
    for label in ["step 3b", "step 5b", "unmeasured"] { #expect(try !row(label).contains("<td>yes</td>"), "\(label)") }
    #expect(try row("step 4").contains("<td>chosen</td>"))
  }

  @Test(
    "The sample report is written for the browser check",
    .enabled(if: ProcessInfo.processInfo.environment["KERF_SAMPLE_REPORT"] != nil, "KERF_SAMPLE_REPORT names no file to write"))
  func writeSample() throws {
    let path = try #require(ProcessInfo.processInfo.environment["KERF_SAMPLE_REPORT"])
    try html.write(toFile: path, atomically: true, encoding: .utf8)
  }

  private func count(_ text: String) -> Int { html.components(separatedBy: text).count - 1 }

  private func escaped(_ text: String) -> String {
    let pairs = [("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ("\"", "&quot;"), ("'", "&#39;"), ("\u{0}", "\u{FFFD}")]
    return pairs.reduce(text) { $0.replacingOccurrences(of: $1.0, with: $1.1) }
  }
}
