import Foundation

/// Zhang's greedy choice: the product over the layers of the share of energy that each keeps is to stay large.
///
/// `max Π_l e_l`, `e_l = 1 − E‖y − ŷ‖² / E‖y − ȳ‖²`, by always taking the step down that loses least of `ln e_l` for the cost that it saves (Zhang et
/// al., CVPR 2015, §2.4, where `e_l` is the PCA energy of the responses; for `channel` with `data` it is the same).
public struct PCAEnergySelector: RankSelector {
  public static let name = "pca-energy"
  public static let summary = "Zhang's greedy product of the energies that layers keep"

  public init() {}

  public func choose(_ layers: [[LayerOption]], budget: Double) -> [Int]? {
    guard layers.reduce(0, { $0 + ($1.map(\.cost).min() ?? 0) }) <= budget else { return nil }
    var chosen = [Int](repeating: 0, count: layers.count)
    var total = layers.reduce(0) { $0 + $1[0].cost }
    while total > budget {
      var best: (layer: Int, option: Int, loss: Double)?
      for (layer, options) in layers.enumerated() {
        let now = options[chosen[layer]]
        for (option, next) in options.enumerated() where next.cost < now.cost {
          let loss = (energy(now) - energy(next)) / (now.cost - next.cost)
          if loss < best?.loss ?? .infinity { best = (layer, option, loss) }
        }
      }
      guard let best else { return nil }
      total -= layers[best.layer][chosen[best.layer]].cost - layers[best.layer][best.option].cost
      chosen[best.layer] = best.option
    }
    return chosen
  }

  /// `ln e_l`.
  private func energy(_ option: LayerOption) -> Double { log(max(1 - option.error, 1e-9)) }
}
