/// Counts of a value's elements over calibration data, in equal bins between the smallest and the largest.
///
/// Exact zeros are counted apart: every quantization holds them exactly, and behind a ReLU they are most of a tensor.
public struct Histogram: Sendable, Equatable {
  /// Bins of a histogram: eight to a level of 8 bits.
  public static let bins = 2048

  public let low: Double
  public let high: Double
  /// Elements that are not 0.
  public private(set) var counts: [Int]
  public private(set) var zeros = 0
  /// Elements that are not 0 as they are, evenly from what was seen: whether they lie on a grid, as pixels do, a histogram cannot tell.
  public private(set) var sample: [Float] = []
  private static let sampleCount = 1 << 14
  private static let samplesAtOnce = 1 << 11

  public init(low: Double, high: Double, bins: Int = Histogram.bins) {
    self.low = low
    self.high = high
    counts = [Int](repeating: 0, count: bins)
  }

  public var binWidth: Double { (high - low) / Double(counts.count) }
  public func centre(_ bin: Int) -> Double { low + (Double(bin) + 0.5) * binWidth }
  /// Elements seen.
  public var total: Int { counts.reduce(zeros, +) }

  /// Share of the elements that lie beyond a range, fraction 0...1.
  public func share(beyond range: ValueRange) -> Double {
    guard total > 0 else { return 0 }
    let outside = counts.indices.reduce(0) { $0 + (centre($1) < range.low || centre($1) > range.high ? counts[$1] : 0) }
    return Double(outside) / Double(total)
  }

  public mutating func add(_ elements: [Float]) {
    let (start, last) = (Float(low), counts.count - 1)
    let perBin = high > low ? Float(1 / binWidth) : 0
    var zeros = 0
    for x in elements {
      if x == 0 {
        zeros += 1
      } else {
        counts[max(0, min(last, Int((x - start) * perBin)))] += 1
      }
    }
    self.zeros += zeros
    let stride = max(1, elements.count / Self.samplesAtOnce)
    for i in Swift.stride(from: stride / 2, to: elements.count, by: stride) where elements[i] != 0 && sample.count < Self.sampleCount {
      sample.append(elements[i])
    }
  }
}
