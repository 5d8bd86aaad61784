import Foundation
import KerfCompression
import KerfGraph
import Testing

@Suite struct QuantizationRangeTests {
  /// Elements of a normal distribution by Box and Muller, always the same.
  private func normal(_ count: Int, deviation: Double = 1) -> [Float] {
    var random = SystemFreeGenerator(state: 11)
    return (0..<count).map { _ in
      let u = (Double(random.next()) + 1) / 0x1p31
      let v = Double(random.next()) / 0x1p31
      return Float(deviation * (-2 * log(u)).squareRoot() * cos(2 * .pi * v))
    }
  }

  private func histogram(_ elements: [Float]) -> Histogram {
    var histogram = Histogram(low: Double(elements.min() ?? 0), high: Double(elements.max() ?? 0))
    histogram.add(elements)
    return histogram
  }

  private func error(_ elements: [Float], _ range: ValueRange) -> Double {
    let map = AffineMap(range, .uint8)
    return elements.reduce(0) { $0 + pow(Double($1 - map.value(of: map.level(of: $1))), 2) } / Double(elements.count)
  }

  @Test(arguments: RangeEstimatorRegistry.all.map { $0.name }) func everyRangeHoldsZeroAndLiesWithinWhatWasSeen(name: String) throws {
    let estimator = try RangeEstimatorRegistry.estimator(named: name)
    for elements in [normal(20000), normal(20000).map { abs($0) + 3 }, normal(20000).map { max(0, $0) }, normal(5000).map { -abs($0) }] {
      let seen = histogram(elements)
      let range = estimator.range(of: seen, .uint8)
      #expect(range.low <= 0 && range.high >= 0)
      #expect(range.low >= min(seen.low, 0) - 1e-9 && range.high <= max(seen.high, 0) + 1e-9)
      #expect(range.width > 0)
    }
  }

  @Test(arguments: RangeEstimatorRegistry.all.map { $0.name }) func valuesWithoutSpreadHaveARangeAndALevelForZero(name: String) throws {
    let estimator = try RangeEstimatorRegistry.estimator(named: name)
    for value: Float in [0, 2.5, -0.75, 1e-30, -3e38] {
      let range = estimator.range(of: histogram(Array(repeating: value, count: 100)), .uint8)
      let map = AffineMap(range, .uint8)
      #expect(map.scale > 0 && map.scale.isFinite)
      #expect((0...255).contains(map.zeroPoint))
      #expect(map.value(of: map.level(of: 0)) == 0)
      // A single value is hit to half a step.
      if abs(value) > 1e-10 { #expect(abs(map.value(of: map.level(of: value)) - value) <= map.scale / 2) }
    }
  }

  @Test func minmaxIsExact() {
    let range = MinMaxRange().range(of: histogram([-1.5, 0.25, 7]), .uint8)
    #expect(range.low == -1.5 && range.high == 7)
  }

  @Test func percentileCutsOffTheShareThatItSays() {
    // 100,000 elements evenly in 0…1: all but 0.01 % end 5 elements before the last.
    let elements = (0..<100_000).map { Float($0) / 99_999 }
    let range = PercentileRange(share: 0.99).range(of: histogram(elements), .uint8)
    #expect(abs(range.high - 0.995) < 2.0 / 2048)
    #expect(histogram(elements).share(beyond: range) < 0.0102)
  }

  @Test func aNormalDistributionIsCutOffNearFourDeviations() {
    // The best uniform quantizer of a normal variable with 256 levels ends at 4.0 deviations, give or take.
    let range = MSERange().range(of: histogram(normal(400_000)), .uint8)
    #expect((3.5...4.5).contains(range.high) && (-4.5 ... -3.5).contains(range.low))
  }

  @Test func theSmallestErrorIsNotLargerThanThatOfTheWholeRange() {
    for elements in [normal(50_000) + [40], normal(50_000).map { max(0, $0) } + [30], normal(50_000, deviation: 1e-4) + [-1]] {
      let seen = histogram(elements)
      let (whole, found) = (MinMaxRange().range(of: seen, .uint8), MSERange().range(of: seen, .uint8))
      #expect(error(elements, found) <= error(elements, whole) * 1.0001)
      #expect(found.width <= whole.width)
    }
  }

  @Test func pixelsOnTheGridOfTheWholeRangeKeepIt() {
    // k/255 is exact with scale 1/255 and with no narrower range, however seldom the largest are.
    var random = SystemFreeGenerator(state: 5)
    let elements = (0..<100_000).map { _ in Float(random.next() % 120) / 255 } + [1]
    let range = MSERange().range(of: histogram(elements), .uint8)
    #expect(range == ValueRange(0, 1))
  }

  @Test func entropyCutsOffAFarOutlier() {
    let range = EntropyRange().range(of: histogram(normal(100_000).map { abs($0) } + [60]), .uint8)
    #expect(range.high < 30 && range.high > 1)
  }

  @Test func zerosBehindAReluDoNotMoveTheRange() {
    let half = normal(100_000).map { abs($0) }
    let (with, without) = (histogram(half + Array(repeating: 0, count: 300_000)), histogram(half))
    let (a, b) = (MSERange().range(of: with, .uint8), MSERange().range(of: without, .uint8))
    #expect(abs(a.high - b.high) < 0.05 * b.high)
  }

  @Test func levelsAreRoundedToEvenAndSaturate() {
    let map = AffineMap(ValueRange(-1, 1.55), .uint8)
    #expect(abs(map.scale - 0.01) < 1e-6 && map.zeroPoint == 100)
    #expect(map.level(of: 99) == 255 && map.level(of: -99) == 0 && map.level(of: .nan) == 100)
    let unit = AffineMap(scale: 1, zeroPoint: 0, .uint8)
    #expect(unit.level(of: 0.5) == 0 && unit.level(of: 1.5) == 2 && unit.level(of: 2.5) == 2)
  }

  @Test func anUnknownEstimatorIsRefusedWithThoseThereAre() {
    #expect { try RangeEstimatorRegistry.estimator(named: "guess") } throws: { "\($0)".contains("minmax") && "\($0)".contains("guess") }
  }
}
