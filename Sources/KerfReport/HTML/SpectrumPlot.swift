/// Singular values of a layer's unfoldings relative to the largest of each, on a logarithmic axis.
enum SpectrumPlot {
  /// Values below this fraction of the largest are drawn on it.
  static let floor = 1e-4

  /// - Parameters:
  ///   - spectra: name, values in falling order, and the number of them that is kept, where it is known.
  /// - Returns: `nil` where there is nothing to draw.
  static func markup(title: String, y: String, _ spectra: [(name: String, values: [Double], kept: Int?)]) -> Markup? {
    let lines = spectra.map { name, values, kept in
      let largest = values.first ?? 0
      let points = values.enumerated().map { (x: Double($0.offset + 1), y: largest > 0 ? max(Self.floor, $0.element / largest) : .nan) }
      return LinePlot.Line(name: name, points: points, hasDots: points.count == 1, mark: kept.map(Double.init))
    }
    return LinePlot(title: title, x: "place", y: y, isLogarithmic: true, isTabled: false, lines: lines).markup
  }
}
