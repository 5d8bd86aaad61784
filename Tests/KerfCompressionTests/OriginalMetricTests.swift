import Foundation
import KerfCompression
import KerfData
import KerfDecomposition
import KerfEngine
import KerfGraph
import Testing

/// Networks without a ground truth: figures against the original's own output.
@Suite struct OriginalMetricTests {
  private func data(_ model: Model) throws -> CompressionData {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    let path = root.appendingPathComponent("Demo/card.yaml").path
    let yaml = try String(contentsOfFile: path, encoding: .utf8)
      .replacing("- { kind: psnr }", with: "- { kind: kept-psnr }\n  - { kind: psnr-to-original }\n  - { kind: psnr }")
    return try NetworkData(card: DataCard(yaml: yaml, file: path), model: model, options: EngineOptions(threads: 1))
      .compressionData(limits: .init(calibration: 1, validation: 2, test: 1), testSplit: "test", timing: nil)
  }

  @Test func theOriginalKeepsItsFigureAndEveryOtherNetworkLosesSome() throws {
    let model = SmallNetwork.model()
    let data = try data(model)
    let own = try data.validate(model)
    let others = try #require(own.others)
    #expect(own.name == "kept-psnr" && own.count == 2 && others.map(\.name) == ["psnr-to-original", "psnr"])
    #expect(others[0].isEqual && others[1].value == own.value)
    let request = CompressionRequest(goal: .none, method: .form("channel", rank: [4]), fitting: .filter)
    let changed = try data.validate(try SmallNetwork.compressor(request).run().model)
    let near = try #require(changed.others?.first)
    #expect(changed.value < own.value && !near.isEqual && near.value > 0)
    // Mean of 10 log₁₀(1 + MSE(y, o) / MSE(o, t)) of two pictures: near to that of their mean figures.
    let expected = 10 * log10(1 + pow(10, (own.value - near.value) / 10))
    #expect(abs(own.value - changed.value - expected) < 0.1 * expected)
    let row = try #require(try data.pictures(model, [SmallNetwork.compressor(request).run().model]).first)
    #expect(row.images.contains { $0.caption.hasPrefix("after") && $0.caption.hasSuffix(" dB") })
  }
}
