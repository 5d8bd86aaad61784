import Foundation

/// A linear axis from data to drawing units, with ticks at round numbers.
struct Axis {
  /// The data's range, widened so that no point stands on the edge.
  let range: ClosedRange<Double>
  let start: Double
  let end: Double
  let ticks: [Double]
  /// Decimals that tell neighbouring ticks apart.
  let decimals: Int

  /// - Parameters:
  ///   - values: the data; what is not finite is left out.
  ///   - start: where the smallest value stands, in drawing units.
  ///   - end: where the largest value stands.
  init(_ values: [Double], from start: Double, to end: Double) {
    let finite = values.filter(\.isFinite)
    let low = finite.min() ?? 0
    let high = finite.max() ?? 1
    let margin = high > low ? 0.08 * (high - low) : max(0.05 * abs(high), 0.5)
    range = (low - margin)...(high + margin)
    self.start = start
    self.end = end
    // Steps of 1, 2 or 5 times a power of ten, four to eight of them.
    let rough = (range.upperBound - range.lowerBound) / 5
    let power = pow(10, log10(rough).rounded(.down))
    let step = [1.0, 2.0, 5.0, 10.0].map { $0 * power }.first { $0 >= rough } ?? rough
    decimals = min(9, max(0, -Int(log10(step).rounded(.down))))
    let first = (range.lowerBound / step).rounded(.up)
    let last = (range.upperBound / step).rounded(.down)
    ticks = first <= last && last - first < 50 ? stride(from: first, through: last, by: 1).map { $0 * step } : []
  }

  func position(_ value: Double) -> Double {
    start + (value - range.lowerBound) / (range.upperBound - range.lowerBound) * (end - start)
  }

  func label(_ tick: Double) -> String { NumberText.fixed(tick, decimals: decimals) }
}
