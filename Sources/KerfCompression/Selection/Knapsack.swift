/// The multiple-choice knapsack: one option of each item, least total harm under a bound on the total cost.
///
/// `min Σ_l harm_l(c_l)` subject to `Σ_l cost_l(c_l) ≤ budget`.
public enum Knapsack {
  public struct Option: Sendable, Equatable {
    /// In any unit: microseconds, bytes, multiply-adds.
    public let cost: Double
    public let harm: Double
    public init(cost: Double, harm: Double) {
      self.cost = cost
      self.harm = harm
    }
  }

  /// Chooses by dynamic programming over the cost axis, exact for costs rounded up to `budget / resolution`.
  ///
  /// - Returns: the index of the option of each item, or `nil` where even the cheapest options exceed the budget.
  /// - Complexity: items × options × resolution.
  public static func choose(_ items: [[Option]], budget: Double, resolution: Int = 20_000) -> [Int]? {
    guard budget >= 0, items.allSatisfy({ !$0.isEmpty }) else { return nil }
    let bin = max(budget / Double(resolution), .leastNormalMagnitude)
    let bins = resolution
    // Rounding up may put the cheapest choice one bin a item over the bound: keep it reachable by its true cost.
    let cheapest = items.map { options in options.indices.min { options[$0].cost < options[$1].cost } ?? 0 }
    let least = zip(items, cheapest).reduce(0) { $0 + $1.0[$1.1].cost }
    guard least <= budget else { return nil }
    var best = [Double](repeating: 0, count: bins + 1)
    var picks: [[Int32]] = []
    for options in items {
      var next = [Double](repeating: .infinity, count: bins + 1)
      var pick = [Int32](repeating: -1, count: bins + 1)
      for (index, option) in options.enumerated() {
        let rounded = (option.cost / bin).rounded(.up)
        guard rounded <= Double(bins) else { continue }
        let steps = Int(rounded)
        for total in steps...bins where best[total - steps] + option.harm < next[total] {
          next[total] = best[total - steps] + option.harm
          pick[total] = Int32(index)
        }
      }
      best = next
      picks.append(pick)
    }
    guard best[bins].isFinite else { return cheapest }
    var chosen = [Int](repeating: 0, count: items.count)
    var total = bins
    for item in items.indices.reversed() {
      let index = Int(picks[item][total])
      chosen[item] = index
      total -= Int((items[item][index].cost / bin).rounded(.up))
    }
    return chosen
  }
}
