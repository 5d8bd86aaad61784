/// One form at one share of the work on every layer that can take it: what is done by hand, to compare with.
///
/// Of the forms that reach the budget the one of least total harm is taken.
public struct UniformSelector: RankSelector {
  public static let name = "uniform"
  public static let summary = "one form at one share of every layer's work"

  public init() {}

  public func choose(_ layers: [[LayerOption]], budget: Double) -> [Int]? {
    var best: (chosen: [Int], harm: Double)?
    for form in Set(layers.flatMap { $0.compactMap(\.form) }).sorted() {
      let shares = Set(layers.flatMap { $0.filter { $0.form == form }.map(\.work) }).sorted(by: >)
      for share in shares {
        let chosen = layers.map { options in
          options.indices.filter { options[$0].form == form && options[$0].work <= share * 1.0001 }
            .max { options[$0].work < options[$1].work } ?? 0
        }
        let total = zip(layers, chosen).reduce((cost: 0.0, harm: 0.0)) { ($0.cost + $1.0[$1.1].cost, $0.harm + $1.0[$1.1].harm) }
        guard total.cost <= budget else { continue }
        if total.harm < best?.harm ?? .infinity { best = (chosen, total.harm) }
        break
      }
    }
    return best?.chosen
  }
}
