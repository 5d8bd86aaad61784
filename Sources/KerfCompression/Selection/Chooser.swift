/// Chooses a form and rank for every layer from the table, by a bound on the total of one cost or on the harm.
package struct Chooser {
  package enum Cost {
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

  /// Networks whose output is farther off, as a share of its own spread, teach nothing.
  static let telling = 0.3

  private(set) var table: [LayerCandidates]
  var selector: any RankSelector = BudgetSelector()
  /// What harms are to be multiplied by, those of forms, by form where one was tried by itself, and those of levels: learned from networks that were made.
  private var weights = (forms: 1.0, levels: 1.0)
  private var formWeights: [String: Double] = [:]

  package init(table: [LayerCandidates], selector: any RankSelector = BudgetSelector()) { (self.table, self.selector) = (table, selector) }

  /// Total cost of the layers as they are.
  package func denseTotal(_ cost: Cost) -> Double { table.reduce(0) { $0 + cost.ofDense($1) } }

  /// The least that the layers can cost.
  package func leastTotal(_ cost: Cost) -> Double {
    table.reduce(0) { sum, layer in sum + min(cost.ofDense(layer), layer.candidates.map(cost.of).min() ?? .infinity) }
  }

  /// What a choice costs.
  package func total(_ cost: Cost, _ choices: Choices) -> Double {
    table.reduce(0) { $0 + (choices[$1.site.name].map(cost.of) ?? cost.ofDense($1)) }
  }

  /// Change of the network's output that a choice is expected to make.
  func harm(_ choices: Choices) -> Double {
    table.reduce(0) { sum, layer in sum + (choices[layer.site.name].map(harm) ?? 0) }
  }

  private func harm(_ candidate: Candidate) -> Double {
    (formWeights[candidate.form] ?? weights.forms) * (candidate.harm - candidate.levelsHarm) + weights.levels * candidate.levelsHarm
  }

  /// The selector's choice whose cost is within the budget; where nothing is, the cheapest choice and `false`.
  package func choose(_ cost: Cost, budget: Double) -> (choices: Choices, fits: Bool) {
    let layers = table.map { layer in
      [LayerOption(form: nil, cost: cost.ofDense(layer), harm: 0, error: 0, work: 1)]
        + layer.candidates.map {
          LayerOption(
            form: $0.form + $0.precision.rawValue, cost: cost.of($0), harm: harm($0), error: $0.error,
            work: Double($0.macs) / Double(max(1, layer.site.macs)))
        }
    }
    let picked = selector.choose(layers, budget: budget)
    let indices = picked ?? layers.map { options in options.indices.min { options[$0].cost < options[$1].cost } ?? 0 }
    var choices: Choices = [:]
    for (layer, index) in zip(table, indices) where index > 0 { choices[layer.site.name] = layer.candidates[index - 1] }
    return (choices, picked != nil)
  }

  /// The fastest choice that is expected to change the network's output by no more than `bound`, within a thousandth of the layers' time.
  func fastest(harm bound: Double) -> Choices {
    var (low, high) = (leastTotal(.milliseconds), denseTotal(.milliseconds))
    var best: Choices = [:]
    while high - low > 1e-3 * denseTotal(.milliseconds) {
      let middle = (low + high) / 2
      let (choices, fits) = choose(.milliseconds, budget: middle)
      if fits, harm(choices) <= bound { (best, high) = (choices, middle) } else { low = middle }
    }
    return best
  }

  /// The same table with the candidates of one form alone.
  package func restricted(to form: String) -> Chooser {
    var other = self
    other.table = table.map { layer in
      var layer = layer
      layer.candidates.removeAll { $0.form != form }
      return layer
    }
    return other
  }

  /// The forms of the table.
  var forms: [String] { Set(table.flatMap { $0.candidates.map(\.form) }).subtracting([Candidate.dense]).sorted() }

  /// What every form alone takes in a budget of time, least expected harm first. In place a little more than the table says may be fast enough.
  func singleForms(within budget: Double) -> [(form: String, choices: Choices)] {
    forms.map { ($0, restricted(to: $0).choose(.milliseconds, budget: budget).choices) }
      .filter { !$0.1.isEmpty && total(.milliseconds, $0.1) < 1.15 * budget }
      .sorted { harm($0.1) < harm($1.1) }
  }

  /// The forms, the one first that alone is fastest within a bound on the harm.
  func fastestForms(harm bound: Double) -> [String] {
    forms.map { ($0, total(.milliseconds, restricted(to: $0).fastest(harm: bound))) }.sorted { $0.1 < $1.1 }.map(\.0)
  }

  /// Corrects the harms by a network that was made of a choice, so that those of its layers add up to the change that was measured.
  ///
  /// Errors of layers do not add: later layers are fitted to undo those of earlier ones, and some forms can do that better than others. What each layer has
  /// in what they do together cannot be told from the outside: with a layer as it was again, those behind it correct errors that are not there.
  mutating func learn(_ choices: Choices, _ measured: NetworkHarm) {
    guard measured.share < Self.telling else { return }
    let chosen = table.compactMap { choices[$0.site.name] }
    let levels = chosen.reduce(0) { $0 + $1.levelsHarm }
    let expected = chosen.reduce(0) { $0 + (formWeights[$1.form] ?? weights.forms) * ($1.harm - $1.levelsHarm) }
    if expected > 0, measured.formChange > 0 {
      let ratio = measured.formChange / expected
      let used = Set(chosen.map(\.form))
      if used.count == 1, let form = used.first {
        formWeights[form] = (formWeights[form] ?? weights.forms) * ratio
      } else {
        weights.forms *= ratio
        for form in used { formWeights[form]? *= ratio }
      }
    }
    if levels > 0, measured.change > measured.formChange { weights.levels = (measured.change - measured.formChange) / levels }
  }
}

/// How far a network that was made departs from the original.
package struct NetworkHarm: Codable, Sendable {
  /// `E‖f − f̂‖²`.
  var change: Double
  /// The same before it was quantized.
  var formChange: Double
  /// `change` as a share of what the output changes from image to image, `E‖f − f̄‖²`: near 1 the output has nothing to do with the image any more, and how
  /// far it is off says nothing about the layers.
  var share: Double

  package init(change: Double, formChange: Double, share: Double) {
    (self.change, self.formChange, self.share) = (change, formChange, share)
  }
}
