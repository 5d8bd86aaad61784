import KerfCompression
import Testing

@Suite struct KnapsackTests {
  /// Every combination tried: the judge of the dynamic program.
  private func exhaustive(_ items: [[Knapsack.Option]], budget: Double) -> Double? {
    var best: Double?
    func visit(_ item: Int, _ cost: Double, _ harm: Double) {
      if cost > budget { return }
      if item == items.count {
        best = min(best ?? .infinity, harm)
        return
      }
      for option in items[item] { visit(item + 1, cost + option.cost, harm + option.harm) }
    }
    visit(0, 0, 0)
    return best
  }

  @Test(arguments: 1...40) func itFindsTheLeastHarmThatExhaustionFinds(seed: UInt64) throws {
    var random = SystemFreeGenerator(state: seed)
    let items = (0..<5).map { _ in
      (0..<4).map { _ in Knapsack.Option(cost: Double(random.next() % 50), harm: Double(random.next() % 1000) / 10) }
    }
    let budget = Double(random.next() % 200)
    let chosen = Knapsack.choose(items, budget: budget)
    guard let least = exhaustive(items, budget: budget) else {
      #expect(chosen == nil, "seed \(seed)")
      return
    }
    let picks = try #require(chosen, "seed \(seed)")
    let cost = zip(items, picks).reduce(0) { $0 + $1.0[$1.1].cost }
    let harm = zip(items, picks).reduce(0) { $0 + $1.0[$1.1].harm }
    #expect(cost <= budget, "seed \(seed)")
    // Costs are rounded up to 1/20000 of the budget: an exact fit may be missed, and no more than one unit of the next better choice is lost.
    let slack = exhaustive(items, budget: budget * (1 - 5.0 / 20_000)) ?? .infinity
    #expect(harm >= least && harm <= slack, "seed \(seed): \(harm), least \(least)")
  }

  @Test func aBudgetBelowTheCheapestChoiceGivesNothing() {
    #expect(Knapsack.choose([[.init(cost: 2, harm: 0)], [.init(cost: 3, harm: 0)]], budget: 4.9) == nil)
  }

  @Test func theCheapestChoiceFitsItsOwnCostExactly() {
    let items = (0..<30).map { _ in [Knapsack.Option(cost: 1.0 / 3, harm: 1), .init(cost: 2, harm: 0)] }
    #expect(Knapsack.choose(items, budget: items.reduce(0) { $0 + $1[0].cost }) == Array(repeating: 0, count: 30))
  }
}

/// A linear congruential generator (Knuth's MMIX constants): the same numbers everywhere.
struct SystemFreeGenerator {
  var state: UInt64
  mutating func next() -> UInt64 {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return state >> 33
  }
}
