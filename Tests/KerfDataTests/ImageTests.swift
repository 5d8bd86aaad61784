import KerfData
import Testing

@Suite struct ImageTests {
  @Test("Resampling gives Pillow's values, bit for bit", arguments: Golden.all.resampling)
  func resampling(_ golden: Golden.Resampling) throws {
    let filter = try #require(ResampleFilter(rawValue: golden.filter))
    let source = try #require(Golden.all.sources[golden.mode])
    let image = Image(
      width: source.width, height: source.height, channels: source.channels, precision: golden.mode == "F" ? .real : .byte,
      values: source.pixels)
    let result = image.resized(width: golden.width, height: golden.height, filter: filter)
    #expect([result.width, result.height, result.channels] == [golden.width, golden.height, source.channels])
    #expect(result.pixels == golden.pixels.map(Float.init))
  }

  @Test("A constant picture stays constant at any size", arguments: ResampleFilter.allCases)
  func constant(filter: ResampleFilter) {
    let image = Image(width: 9, height: 4, channels: 1, pixels: [Float](repeating: 17, count: 36))
    for (width, height) in [(1, 1), (9, 4), (3, 40), (100, 2)] {
      let result = image.resized(width: width, height: height, filter: filter)
      // Each sum of weights is 1 to a few units of float64, stored in float32 twice.
      #expect(result.pixels.allSatisfy { abs($0 - 17) <= 17 * 2 * Float.ulpOfOne })
    }
  }

  @Test("Grey is Pillow's L, luma the studio-range BT.601") func conversion() {
    let golden = Golden.all.conversion
    let image = Image(width: 17, height: 13, channels: 3, values: golden.input)
    #expect(image.grey.pixels == golden.grey.map(Float.init))
    for (value, wanted) in zip(image.luma.pixels, golden.luma) { #expect(abs(Double(value) - wanted) < 1e-5 * wanted) }
  }

  @Test("BGR turns the channels round, and back") func bgr() {
    let image = Image(width: 2, height: 1, channels: 3, pixels: [1, 2, 3, 4, 5, 6])
    #expect(Colour.bgr.convert(image).pixels == [3, 2, 1, 6, 5, 4])
    #expect(Colour.bgr.restore(Colour.bgr.convert(image)) == image)
  }

  @Test("A crop takes the part named, and refuses one outside") func crop() throws {
    let image = Image(width: 4, height: 3, channels: 1, pixels: (0..<12).map(Float.init))
    #expect(try image.cropped(x: 1, y: 1, width: 2, height: 2).pixels == [5, 6, 9, 10])
    #expect(try image.centreCropped(width: 1, height: 1).pixels == [5])
    for (x, y, width, height) in [(-1, 0, 1, 1), (3, 0, 2, 1), (0, 3, 1, 1), (0, 0, 0, 1), (0, 0, 5, 1), (Int.max, 0, 1, 1)] {
      #expect(throws: DataError.self) { try image.cropped(x: x, y: y, width: width, height: height) }
    }
    #expect(throws: DataError.self) { try image.centreCropped(width: 5, height: 1) }
  }
}
