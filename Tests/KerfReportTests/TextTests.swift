import KerfCompression
import KerfReport
import Synchronization
import Testing

@Suite struct NumberTextTests {
  @Test(
    "Numbers read as people write them",
    arguments: [
      (NumberText.significant(0.00123), "0.00123"), (NumberText.significant(12.345), "12.3"), (NumberText.significant(1234.5), "1234"),
      (NumberText.significant(4.5e-7), "4.50e-07"), (NumberText.significant(0), "0"), (NumberText.significant(nil), "–"),
      (NumberText.significant(-2.5), "−2.50"), (NumberText.grouped(0), "0"), (NumberText.grouped(-1_234_567), "−1,234,567"),
      (NumberText.grouped(.min), "−9,223,372,036,854,775,808"), (NumberText.scaled(36_412_588_032), "36.4 G"),
      (NumberText.scaled(999), "999"),
      (NumberText.bytes(2_226_546), "2.23 MB"), (NumberText.bytes(12), "12 B"), (NumberText.signed(-0.001, decimals: 2), "0.00"),
      (NumberText.signed(0.001, decimals: 2), "0.00"), (NumberText.signed(0.12, decimals: 2), "+0.12"), (NumberText.ratio(1, 0), "–"),
      (NumberText.ratio(3, 2), "1.50×"), (NumberText.fixed(.infinity, decimals: 2), "∞"),
      (NumberText.duration(seconds: 59.7), "1 min 00 s"),
      (NumberText.duration(seconds: 3725), "1 h 02 min"), (NumberText.duration(seconds: .nan), "–"),
      (NumberText.shape([64, 1, 3, 3]), "64×1×3×3"),
    ])
  func text(shown: String, expected: String) {
    #expect(shown == expected)
  }
}

@Suite struct TextTableTests {
  static func table() -> TextTable {
    var table = TextTable([.init("layer", isElastic: true), .init("MACs", .trailing), .init("reason", isElastic: true)])
    table.add(["features.0.conv", "1,234", "left: a very long reason that nobody wants to read to its end"])
    table.add(["a\u{1B}[31mred\nname", "5"], .faint)
    table.add(["畳み込み層", "77", "wide"])
    return table
  }

  @Test("Columns are aligned and no line is wider than the terminal", arguments: [20, 34, 40, 60, 200])
  func widths(limit: Int) {
    let lines = Self.table().text(width: limit).split(separator: "\n")
    #expect(lines.count == 5)
    // Every character of this table takes one column but the Japanese ones, which take two.
    for line in lines { #expect(line.reduce(0) { $0 + (("\u{3000}"..."\u{9FFF}").contains($1) ? 2 : 1) } <= limit, "\(line)") }
  }

  @Test("Optional columns go, from the right, where elastic ones cannot give enough")
  func optionalColumns() {
    var table = TextTable([
      .init("layer", isElastic: true), .init("kernel", isOptional: true), .init("form"), .init("MACs", isOptional: true), .init("ms"),
    ])
    table.add([String(repeating: "x", count: 30), "64×64×3×3", "spatial", "2.42 G", "1.2"])
    func header(_ width: Int) -> [Substring] { table.text(width: width).split(separator: "\n")[0].split(separator: " ") }
    #expect(header(49) == ["layer", "kernel", "form", "MACs", "ms"])
    #expect(header(48) == ["layer", "kernel", "form", "ms"])
    #expect(header(40) == ["layer", "form", "ms"])
    #expect(table.text(width: 40).contains("xxxx"))
  }

  @Test("Without a limit everything is shown, numbers flush right, in columns")
  func unlimited() {
    let lines = Self.table().text().split(separator: "\n").map(Array.init)
    #expect(String(lines[0]).hasPrefix("layer"))
    #expect(String(lines[2]) == "features.0.conv  1,234  left: a very long reason that nobody wants to read to its end")
    #expect(lines[3][...21].last == "5")
  }

  @Test("Control characters in names do not reach the terminal, colours come only when asked")
  func controlCharacters() {
    #expect(!Self.table().text().contains("\u{1B}"))
    #expect(Self.table().text().contains("a\u{FFFD}[31mred\u{FFFD}name"))
    #expect(Self.table().text(colours: true).contains("\u{1B}[2m"))
  }

  @Test("The compression table shows every layer and figure", arguments: [80, 120, nil])
  func compressionTable(width: Int?) {
    let text = CompressionTable.text(SampleResult.full, width: width)
    for part in ["81.4 ms (78.9–87.9)", "40.1 ms", "2.03×", "30.413 ± 0.413 dB", "−0.092", "36.4 G", "2.23 MB", "reached", "warning"] {
      #expect(text.contains(part), "\(part)")
    }
    #expect(!text.contains("\u{1B}") && !text.contains("\u{0}"))
    if width == nil { for layer in SampleResult.full.layers { #expect(text.contains(layer.reason)) } }
  }
}

@Suite struct ProgressLineTests {
  @Test("The remaining time is the time per step done times the steps to do")
  func remaining() {
    #expect(
      ProgressLine.line(label: "timing", completed: 3, total: 12, elapsed: 6, detail: "conv2")
        == "timing  3/12  25 %  6.0 s, 18 s left  conv2")
    #expect(ProgressLine.line(label: "timing", completed: 0, total: 12, elapsed: 6) == "timing  0/12  0 %  6.0 s")
    #expect(ProgressLine.line(label: "timing", completed: 4, total: 0, elapsed: 61) == "timing  4  1 min 01 s")
  }

  @Test("Nothing is written where nobody watches; a terminal gets one line, taken away at the end", arguments: [false, true])
  func interactivity(interactive: Bool) {
    let output = Output()
    let terminal = Terminal(isInteractive: interactive, width: 30, welcomesColours: false)
    let line = ProgressLine("calibrating", total: 3, terminal: terminal, write: { output.append($0) })
    for _ in 0..<3 { line.advance(detail: "a rather long name of a layer") }
    line.finish()
    let written = output.text
    guard interactive else {
      #expect(written.isEmpty)
      return
    }
    #expect(written.hasSuffix("\r\u{1B}[K") && written.contains("3/3") && !written.contains("\n"))
    #expect(written.split(separator: "\r").allSatisfy { $0.count <= 29 + 3 })
  }

  private final class Output: Sendable {
    private let parts = Mutex("")
    func append(_ text: String) { parts.withLock { $0 += text } }
    var text: String { parts.withLock { $0 } }
  }
}
