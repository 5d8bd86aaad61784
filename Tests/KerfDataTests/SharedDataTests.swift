import Foundation
import KerfData
import Testing

/// Tests on the real image sets; skipped, and said so, where KERF_DATA is not set.
@Suite(
  .enabled(
    if: ProcessInfo.processInfo.environment["KERF_DATA"]?.isEmpty == false, "KERF_DATA is not set: the real image sets are not tested"))
struct SharedDataTests {
  @Test("No picture that calibrates or chooses a network is in a split that reports it, by content", arguments: DataCardTests.cards)
  func disjoint(path: String) throws {
    let card = try DataCard(contentsOf: path)
    var seen: [[Float]: String] = [:]
    for split in card.splits where !split.isReference {
      // Content is compared on the first pictures of each split, places on all.
      for sample in try Dataset(card: card, split: split.name, limit: 12) {
        let clean: [Float] = if case .image(let image) = sample.target { image.pixels } else { sample.input }
        if let other = seen[clean], other != split.name {
          let choosing = ["calibration", "validation"]
          #expect(!choosing.contains(other) && !choosing.contains(split.name), "\(sample.name) is in \(other) and in \(split.name)")
        }
        seen[clean] = split.name
      }
    }
  }

  @Test(
    "Splits have the sizes the cards say",
    arguments: [
      ("mnist", "test", 10_000), ("mnist", "calibration", 1000), ("mnist", "validation", 5000),
      ("cifar10", "test", 1000), ("cifar10", "jpeg", 10_000), ("cifar10", "calibration", 500), ("cifar10", "validation", 1500),
      ("imagenet_squeezenet", "all", 1000), ("imagenet_squeezenet", "test", 500),
      ("imagenet_mobilenet_v1", "validation", 400), ("imagenet_mobilenet_v2", "calibration", 100),
      ("dncnn_s25", "test", 12), ("dncnn_s25", "calibration", 80), ("dncnn_s15", "validation", 40),
      ("vdsr", "test", 14), ("imdn", "set5", 5), ("rfdn", "calibration", 40), ("realesr", "validation", 5),
    ])
  func sizes(name: String, split: String, count: Int) throws {
    let card = try DataCard(contentsOf: Golden.root.appendingPathComponent("Cards/\(name).yaml").path)
    #expect(try Dataset(card: card, split: split).count == count)
  }

  @Test("The bicubic alone gives the reference figures of Set5 and Set14", arguments: [("set5", 28.432), ("test", 26.090)])
  func bicubic(split: String, reference: Double) throws {
    let card = try DataCard(contentsOf: Golden.root.appendingPathComponent("Cards/rfdn.yaml").path)
    var evaluation = Evaluation(card: card)
    for batch in try Dataset(card: card, split: split).batches(of: 1) {
      let small = batch.samples[0].picture
      // In float, as the reference enlarges each channel; the card rounds at the end.
      let large = Image(width: small.width, height: small.height, channels: 3, pixels: small.pixels)
        .resized(width: small.width * 4, height: small.height * 4, filter: .bicubic)
      try evaluation.add(card.input.values(of: large), shape: [1, 3, large.height, large.width], for: batch)
    }
    let figure = try #require(evaluation.measurements.first)
    #expect(abs(figure.value - reference) < 0.0015, "\(figure.value) dB")
  }
}
