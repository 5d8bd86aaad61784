/// The same bound on the harm of every layer, as low as the budget lets it be: `min max_l harm_l` (the way of AIMET, with the change of the network's
/// output in the place of its accuracy).
public struct GreedySensitivitySelector: RankSelector {
  public static let name = "greedy-sensitivity"
  public static let summary = "one bound on the harm of every layer"

  public init() {}

  public func choose(_ layers: [[LayerOption]], budget: Double) -> [Int]? {
    let bounds = Set(layers.flatMap { $0.map(\.harm) }).sorted()
    let cheapest = { (bound: Double) in
      layers.map { options in
        options.indices.filter { $0 == 0 || options[$0].harm <= bound }.min { options[$0].cost < options[$1].cost } ?? 0
      }
    }
    let fits = { (chosen: [Int]) in zip(layers, chosen).reduce(0) { $0 + $1.0[$1.1].cost } <= budget }
    var (low, high) = (0, bounds.count - 1)
    guard high >= 0, fits(cheapest(bounds[high])) else { return nil }
    while low < high {
      let middle = (low + high) / 2
      if fits(cheapest(bounds[middle])) { high = middle } else { low = middle + 1 }
    }
    return cheapest(bounds[low])
  }
}
