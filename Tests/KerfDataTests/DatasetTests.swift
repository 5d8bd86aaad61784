import Foundation
import KerfData
import Testing

@Suite struct DatasetTests {
  private let golden = Golden.all.containers

  /// A card on a folder of its own.
  private func classifying(_ scratch: Scratch, _ source: String, colour: String = "grey", offset: Int = 0) throws -> DataCard {
    try card(
      [
        "task": "{ kind: classify, offset: \(offset) }", "colour": colour, "metric": "{ kind: top-1 }", "input": "{ layout: NHWC }",
        "source": source,
      ], file: scratch.path + "/card.yaml")
  }

  private func labels(_ dataset: Dataset) -> [Int] {
    dataset.compactMap { sample in
      if case .label(let label) = sample.target { return label }
      return nil
    }
  }

  @Test("IDX files, gzipped and not, give their pictures and classes") func idx() throws {
    let scratch = try Scratch()
    try scratch.write(Golden.bytes(golden.idxImages), "images.gz")
    try scratch.write(Golden.bytes(golden.idxLabels), "labels")
    let dataset = try Dataset(card: classifying(scratch, "{ kind: idx, images: images.gz, labels: labels }"), split: "test")
    #expect(dataset.map(\.input) == golden.idxPixels.map { $0.map(Float.init) })
    #expect(dataset.map(\.shape) == [[Int]](repeating: [1, 6, 5, 1], count: 4))
    #expect(labels(dataset) == [3, 1, 4, 1])
  }

  @Test("Files that were replaced are another state") func state() throws {
    let scratch = try Scratch()
    try scratch.write(Golden.bytes(golden.cifar), "data.bin")
    let card = try classifying(scratch, "{ kind: cifar, path: data.bin }", colour: "rgb")
    let before = try Dataset(card: card, split: "test").state
    #expect(try Dataset(card: card, split: "test").state == before && before.contains("data.bin"))
    try scratch.write(Golden.bytes(golden.cifar) + Golden.bytes(golden.cifar), "data.bin")
    #expect(try Dataset(card: card, split: "test").state != before)
  }

  @Test("NumPy arrays of bytes and of floats give their pictures and classes") func npy() throws {
    let scratch = try Scratch()
    try scratch.write(Golden.bytes(golden.npyImages), "images.npy")
    try scratch.write(Golden.bytes(golden.npyLabels), "labels.npy")
    try scratch.write(Golden.bytes(golden.npyFloats), "floats.npy")
    let card = try classifying(scratch, "{ kind: npy, images: images.npy, labels: labels.npy }", colour: "rgb", offset: 1)
    let dataset = try Dataset(card: card, split: "test")
    #expect(dataset.map(\.input) == golden.npyPixels.map { $0.map(Float.init) })
    #expect(labels(dataset) == [6, 10, 3])
    let floats = try KerfDataTests.card(
      ["task": "{ kind: denoise, sigma: 0 }", "source": "{ kind: npy, images: floats.npy }"], file: scratch.path + "/card.yaml")
    #expect(try Dataset(card: floats, split: "test").map(\.input) == golden.idxPixels.map { $0.map { Float($0) + 0.25 } })
  }

  @Test("A zip archive gives its pictures by path, the folder as class") func zip() throws {
    let scratch = try Scratch()
    try scratch.write(Golden.bytes(golden.zip), "a.zip")
    let dataset = try Dataset(card: classifying(scratch, "{ kind: zip, path: a.zip }", colour: "rgb"), split: "test")
    #expect(dataset.map(\.input) == golden.npyPixels.map { $0.map(Float.init) })
    #expect(labels(dataset) == golden.zipLabels)
  }

  @Test("CIFAR records give their pictures and classes") func cifar() throws {
    let scratch = try Scratch()
    try scratch.write(Golden.bytes(golden.cifar), "data.bin")
    let dataset = try Dataset(card: classifying(scratch, "{ kind: cifar, path: data.bin }", colour: "rgb"), split: "test")
    #expect(dataset.map(\.input) == golden.cifarPixels.map { $0.map(Float.init) })
    #expect(labels(dataset) == golden.cifarLabels)
  }

  @Test(
    "An archive or array cut short or damaged is an error or a named problem, never a crash",
    arguments: ["{ kind: idx, images: a, labels: l }", "{ kind: npy, images: a }", "{ kind: zip, path: a }", "{ kind: cifar, path: a }"])
  func damaged(source: String) throws {
    let scratch = try Scratch()
    let files = ["idx": golden.idxImages, "npy": golden.npyImages, "zip": golden.zip, "cifar": golden.cifar]
    let whole = Golden.bytes(try #require(files.first { source.contains($0.key) }?.value))
    try scratch.write(Golden.bytes(golden.idxLabels), "l")
    let card = try classifying(scratch, source, colour: "rgb")
    for count in stride(from: 0, to: whole.count, by: 1 + whole.count / 60) {
      try scratch.write(Array(whole[..<count]), "a")
      let error = #expect(throws: DataError.self, "\(count) of \(whole.count) bytes") { try Dataset(card: card, split: "test") }
      #expect(error?.description.contains("/a") == true, "\(String(describing: error))")
    }
    for at in stride(from: 0, to: whole.count, by: 1 + whole.count / 200) {
      var changed = whole
      changed[at] ^= 0xFF
      try scratch.write(changed, "a")
      if let dataset = try? Dataset(card: card, split: "test") {
        #expect(dataset.map(\.index).count + dataset.problems.count == dataset.count)
      }
    }
  }

  @Test("Pictures that cannot be read are named and counted, the others are given") func problems() throws {
    let scratch = try Scratch()
    let good = try Image(width: 3, height: 2, channels: 1, precision: .byte, pixels: [1, 2, 3, 4, 5, 6]).encodedPNG()
    try scratch.write(good, "p/b.png")
    try scratch.write(Array(good.dropLast(30)), "p/a.png")
    try scratch.write([1, 2, 3], "p/c.png")
    try scratch.write(good, "p/d.png")
    try scratch.write(good, "p/e.txt")
    let card = try card(["source": "{ kind: folder, path: p, files: \"*.png\" }"], file: scratch.path + "/card.yaml")
    let dataset = try Dataset(card: card, split: "test")
    #expect(dataset.count == 4)
    #expect(dataset.map(\.name) == ["b.png", "d.png"])
    #expect(dataset.map(\.index) == [1, 3])
    #expect(dataset.problems.map { $0.name.suffix(6) } == ["/a.png", "/c.png"])
    #expect(dataset.problems.allSatisfy { !$0.reason.isEmpty })
    #expect(try Dataset(card: card, split: "test", limit: 2).count == 2)
  }

  @Test("A split without a usable picture is an error with the reasons") func nothing() throws {
    let scratch = try Scratch()
    try scratch.write([1, 2, 3], "p/c.png")
    let card = try card(["source": "{ kind: folder, path: p, files: \"*.png\" }"], file: scratch.path + "/card.yaml")
    let error = #expect(throws: DataError.self) { try Dataset(card: card, split: "test") }
    #expect(error?.code == .split && error?.message.contains("not a PNG, JPEG or TIFF") == true)
    #expect(throws: DataError.self) { try Dataset(card: card, split: "test", limit: 0) }
  }

  @Test("Noise depends on the picture's number, not on split, limit or order") func noiseByNumber() throws {
    let scratch = try Scratch()
    let image = Image(width: 8, height: 8, channels: 1, precision: .byte, pixels: [Float](repeating: 100, count: 64))
    for name in ["a", "b", "c", "d"] { try scratch.write(try image.encodedPNG(), "p/\(name).png") }
    let card = try card(
      [
        "task": "{ kind: denoise, sigma: 10, seed: 3 }", "source": "{ kind: folder, path: p }",
        "splits": "{ test: { source: s }, odd: { source: s, every: 2, offsets: [1] } }",
      ], file: scratch.path + "/card.yaml")
    let all = try Dataset(card: card, split: "test").map(\.input)
    #expect(Set(all).count == 4)
    #expect(try Dataset(card: card, split: "odd").map(\.input) == [all[1], all[3]])
    #expect(try Dataset(card: card, split: "test").sample(at: 2).input == all[2])
  }

  @Test("Super-resolution makes the small picture by the antialiased bicubic, from a cut that fits") func superResolution() throws {
    let scratch = try Scratch()
    let image = Image(width: 19, height: 14, channels: 3, precision: .byte, pixels: (0..<(19 * 14 * 3)).map { Float(($0 * 53) % 256) })
    try scratch.write(try image.encodedPNG(), "p/a.png")
    func sample(_ task: String, _ colour: String) throws -> Sample {
      let made = try card(
        ["task": task, "colour": colour, "source": "{ kind: folder, path: p }"], file: scratch.path + "/card.yaml")
      return try Dataset(card: made, split: "test").sample(at: 0)
    }
    let rgb = try sample("{ kind: super-resolution, scale: 4 }", "rgb")
    let cut = try image.cropped(x: 0, y: 0, width: 16, height: 12)
    #expect(rgb.shape == [1, 3, 3, 4] && rgb.target == .image(cut))
    let real = Image(width: 16, height: 12, channels: 3, pixels: cut.pixels).resized(width: 4, height: 3, filter: .bicubic)
    #expect(rgb.picture == real.roundedToBytes)
    let luma = try sample("{ kind: super-resolution, scale: 4, enlarge: true }", "luma")
    #expect(luma.shape == [1, 1, 12, 16] && luma.target == .image(cut.luma))
    #expect(luma.input == real.roundedToBytes.luma.resized(width: 16, height: 12, filter: .bicubic).pixels)
  }

  @Test("A limit takes the first pictures, or pictures spread evenly over the split") func limit() throws {
    let scratch = try Scratch()
    let image = try Image(width: 1, height: 1, channels: 1, precision: .byte, pixels: [9]).encodedPNG()
    for number in 0..<10 { try scratch.write(image, "p/\(number).png") }
    let card = try card(["source": "{ kind: folder, path: p }"], file: scratch.path + "/card.yaml")
    func indices(_ limit: Int?, spread: Bool) throws -> [Int] {
      try Dataset(card: card, split: "test", limit: limit, spread: spread).map(\.index)
    }
    #expect(try indices(4, spread: false) == [0, 1, 2, 3])
    #expect(try indices(4, spread: true) == [0, 2, 5, 7])
    #expect(try indices(1, spread: true) == [0])
    for limit in [nil, 10, 99] { #expect(try indices(limit, spread: true) == Array(0..<10)) }
  }

  @Test("Batches hold consecutive samples of one shape, and are scored one by one") func batches() throws {
    let scratch = try Scratch()
    for (number, width) in [4, 4, 4, 5, 5, 4].enumerated() {
      let image = Image(width: width, height: 2, channels: 1, precision: .byte, pixels: [Float](repeating: Float(number), count: width * 2))
      try scratch.write(try image.encodedPNG(), "p/\(number).png")
    }
    let card = try card(
      ["task": "{ kind: denoise, sigma: 0 }", "source": "{ kind: folder, path: p }"], file: scratch.path + "/card.yaml")
    let dataset = try Dataset(card: card, split: "test")
    let batches = Array(dataset.batches(of: 2))
    #expect(batches.map(\.shape) == [[2, 1, 2, 4], [1, 1, 2, 4], [2, 1, 2, 5], [1, 1, 2, 4]])
    #expect(batches[0].input == [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1])
    var evaluation = Evaluation(card: card)
    for batch in batches { try evaluation.add(batch.input.map { $0 + 1 }, shape: batch.shape, for: batch) }
    let figure = try #require(evaluation.measurements.first)
    // MSE 1: 10 log₁₀ 255² dB for every picture.
    #expect(figure.count == 6 && abs(figure.value - 48.13080360867910) < 1e-10 && figure.standardError ?? 1 < 1e-10)
    #expect(throws: DataError.self) { try evaluation.add([1, 2], shape: [1, 1, 1, 2], for: batches[0]) }
  }

  @Test("Steps crop and resize in the card's order; a picture too small, or made too large, is a named problem") func prepare() throws {
    let scratch = try Scratch()
    let image = Image(width: 12, height: 9, channels: 1, precision: .byte, pixels: (0..<108).map { Float(($0 * 7) % 256) })
    try scratch.write(try image.encodedPNG(), "p/a.png")
    let line = Image(width: 140_000, height: 1, channels: 1, precision: .byte, pixels: [Float](repeating: 0, count: 140_000))
    try scratch.write(try line.encodedPNG(), "p/b.png")
    func dataset(_ steps: String) throws -> Dataset {
      let parts = ["source": "{ kind: folder, path: p }", "task": "{ kind: denoise, sigma: 0 }", "more": "prepare: [\(steps)]"]
      return try Dataset(card: card(parts, file: scratch.path + "/card.yaml"), split: "test")
    }
    let both = try dataset("{ step: centre-crop, size: 8 }, { step: resize, size: 5, filter: bilinear }")
    #expect(
      both.map(\.picture.pixels) == [try image.centreCropped(width: 8, height: 8).resized(width: 5, height: 5, filter: .bilinear).pixels])
    #expect(both.problems.map(\.name) == ["b.png"])
    let shorter = try dataset("{ step: resize-shorter, size: 1000, filter: bicubic }, { step: centre-crop, size: 1 }")
    #expect(shorter.problems.isEmpty && shorter.map(\.index) == [0])
    #expect(shorter.problems.map(\.name) == ["b.png"])
    #expect(throws: DataError.self) { try dataset("{ step: centre-crop, size: 20 }") }
  }

  @Test("A class too large to be one is a named problem") func hugeClass() throws {
    let scratch = try Scratch()
    let image = try Image(width: 1, height: 1, channels: 1, precision: .byte, pixels: [9]).encodedPNG()
    try scratch.write(image, "p/a.png")
    try scratch.write(Array("a.png 9223372036854775807 x\n\na.png 3\n".utf8), "labels.txt")
    let dataset = try Dataset(
      card: classifying(scratch, "{ kind: folder, path: p, labels: labels.txt }", offset: 1), split: "test")
    #expect(labels(dataset) == [4] && dataset.problems.count == 1)
    try scratch.write(Array("a.png\n".utf8), "labels.txt")
    let error = #expect(throws: DataError.self) {
      try Dataset(card: classifying(scratch, "{ kind: folder, path: p, labels: labels.txt }"), split: "test")
    }
    #expect(error?.place?.hasSuffix("labels.txt:1") == true)
  }
}
