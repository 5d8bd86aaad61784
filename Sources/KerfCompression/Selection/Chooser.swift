/// Chooses a form and rank for every layer from the table, by a bound on the total of one cost.
struct Chooser {
  enum Cost {
    case milliseconds, macs, parameters

    func of(_ candidate: Candidate) -> Double {
      switch self {
      case .milliseconds: candidate.milliseconds
      case .macs: Double(candidate.macs)
      // In the file levels take a quarter of what floats take.
      case .parameters: Double(candidate.parameters) * (candidate.precision == .int8 ? 0.25 : 1)
      }
    }

    func ofDense(_ layer: LayerCandidates) -> Double {
      switch self {
      case .milliseconds: layer.denseMilliseconds
      case .macs: Double(layer.site.macs)
      case .parameters: Double(layer.site.parameters)
      }
    }
  }

  let table: [LayerCandidates]

  /// Total cost of the layers as they are.
  func denseTotal(_ cost: Cost) -> Double { table.reduce(0) { $0 + cost.ofDense($1) } }

  /// The least that the layers can cost.
  func leastTotal(_ cost: Cost) -> Double {
    table.reduce(0) { sum, layer in sum + min(cost.ofDense(layer), layer.candidates.map(cost.of).min() ?? .infinity) }
  }

  /// The choice of least harm whose cost is within the budget; where nothing is, the cheapest choice and `false`.
  func choose(_ cost: Cost, budget: Double) -> (choices: Choices, fits: Bool) {
    let items = table.map { layer in
      [Knapsack.Option(cost: cost.ofDense(layer), harm: 0)]
        + layer.candidates.map { Knapsack.Option(cost: cost.of($0), harm: $0.error * layer.sensitivity) }
    }
    let picked = Knapsack.choose(items, budget: budget)
    let indices = picked ?? items.map { options in options.indices.min { options[$0].cost < options[$1].cost } ?? 0 }
    var choices: Choices = [:]
    for (layer, index) in zip(table, indices) where index > 0 { choices[layer.site.name] = layer.candidates[index - 1] }
    return (choices, picked != nil)
  }
}
