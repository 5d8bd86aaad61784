/// The rank or ranks of a form, `[K]` or `[K1, K2]`; of a grouped kernel: for each group.
public struct Rank: Sendable, Hashable, CustomStringConvertible {
  public let values: [Int]
  public init(_ values: Int...) { self.values = values }
  public init(_ values: [Int]) { self.values = values }
  public var description: String { values.map(String.init).joined(separator: ",") }
}

extension Rank {
  /// Ranks whose numbers keep the proportion of the full ones, the largest in steps of `step`.
  static func proportionalLadder(to full: [Int], step: Int) -> [Rank] {
    let largest = full.max() ?? 1
    var result: [Rank] = []
    for share in stride(from: step, through: largest, by: step) {
      let rank = Rank(full.map { min($0, max(1, (($0 * share + largest - 1) / largest + step - 1) / step * step)) })
      if result.last != rank { result.append(rank) }
    }
    return result
  }
}
