import Foundation

/// An axis from data to drawing units, with ticks at round numbers.
struct Axis {
  /// The data's range, widened so that no point stands on the edge; of a logarithmic axis that of log₁₀ of the data.
  let range: ClosedRange<Double>
  let start: Double
  let end: Double
  let ticks: [Double]
  private let isLogarithmic: Bool
  /// Decimals that tell neighbouring ticks apart.
  private let decimals: Int

  /// - Parameters:
  ///   - values: the data; what is not finite is left out, of a logarithmic axis what is not positive too.
  ///   - start: where the smallest value stands, in drawing units.
  ///   - end: where the largest value stands.
  init(_ values: [Double], from start: Double, to end: Double, isLogarithmic: Bool = false) {
    let finite = values.map { isLogarithmic ? log10($0) : $0 }.filter(\.isFinite)
    let low = finite.min() ?? 0
    let high = finite.max() ?? 1
    let margin = high > low ? 0.08 * (high - low) : max(0.05 * abs(high), 0.5)
    let range = (low - margin)...(high + margin)
    (self.range, self.start, self.end, self.isLogarithmic) = (range, start, end, isLogarithmic)
    if isLogarithmic {
      // 1, 2 and 5 times the powers of ten; of many decades the powers alone.
      let steps: [Double] = range.upperBound - range.lowerBound > 3 ? [1] : [1, 2, 5]
      let powers = Int(range.lowerBound.rounded(.down))...Int(range.upperBound.rounded(.up))
      ticks = powers.flatMap { power in steps.map { $0 * pow(10, Double(power)) } }.filter { range.contains(log10($0)) }
      decimals = 0
      return
    }
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
    start + ((isLogarithmic ? log10(value) : value) - range.lowerBound) / (range.upperBound - range.lowerBound) * (end - start)
  }

  func label(_ tick: Double) -> String {
    isLogarithmic ? NumberText.significant(tick, digits: 1) : NumberText.fixed(tick, decimals: decimals)
  }
}
