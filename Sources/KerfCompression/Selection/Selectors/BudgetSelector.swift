/// The choice of least total harm: a multiple-choice knapsack over measured costs, exact up to the rounding of costs.
public struct BudgetSelector: RankSelector {
  public static let name = "budget"
  public static let summary = "least total harm, exactly"

  public init() {}

  public func choose(_ layers: [[LayerOption]], budget: Double) -> [Int]? {
    // An option that another outdoes in both is never part of a best choice.
    let kept = layers.map { options in
      options.indices.filter { one in
        !options.indices.contains {
          let (a, b) = (options[$0], options[one])
          return $0 != one && a.cost <= b.cost && a.harm <= b.harm && (a.cost < b.cost || a.harm < b.harm || $0 < one)
        }
      }
    }
    let items = zip(layers, kept).map { options, indices in
      indices.map { Knapsack.Option(cost: options[$0].cost, harm: options[$0].harm) }
    }
    return Knapsack.choose(items, budget: budget).map { zip(kept, $0).map { $0[$1] } }
  }
}
