/// The share of pictures, in percent, whose class is among the `k` largest outputs.
///
/// Equal outputs are ranked by their number, the lower first. A class whose output is no number is a miss.
public struct TopMetric: Metric {
  public let k: Int
  public var name: String { "top-\(k)" }
  public var unit: String { "%" }
  public var judgesImages: Bool { false }

  public init(k: Int) { self.k = k }

  public func score(_ output: [Float], shape: [Int], target: Target, original: [Float]?, rules: OutputRules) throws(DataError) -> Double {
    guard case .label(let label) = target else { throw DataError(.mismatch, "\(name) needs classes, but the task gives pictures") }
    guard output.indices.contains(label) else {
      throw DataError(
        .mismatch, "class \(label) is not among the network's \(output.count) outputs (shape \(shape)); see the task's 'offset'")
    }
    let own = output[label]
    guard !own.isNaN else { return 0 }
    var rank = 0
    for (index, value) in output.enumerated() where value > own || (value == own && index < label) { rank += 1 }
    return rank < k ? 100 : 0
  }
}
