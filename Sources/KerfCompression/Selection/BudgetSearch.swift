import KerfGraph

/// A whole network that was tried.
package struct Attempt: Sendable {
  package var choices: Choices
  package var fitted: FittedNetwork
  /// Measured beside the original in one run.
  package var milliseconds: Double
  package var originalMilliseconds: Double
  /// On the validation split; `nil` where it was not measured.
  package var metric: Double?
  /// What it does to the network's output; `nil` where there is no data, or nothing was replaced.
  package var harm: NetworkHarm?
  /// Share of the original's time.
  package var share: Double { milliseconds / originalMilliseconds }
}

/// From a goal to a network: choose by the table, measure the whole network, correct the bound and the table, choose again.
///
/// The table's times add up only nearly to a network's, and its harms only nearly to a network's loss; so every bound is met by measuring, and every
/// network that is made tells how much its layers' harms are together.
package struct BudgetSearch {
  package var chooser: Chooser
  let tools: any SearchTools
  /// Every layer as it is, in int8; `nil` where that is not allowed.
  let levelsAlone: Choices?
  /// Whether to try a few networks beside the one asked for, for the curve of the metric against time.
  let drawsCurve: Bool

  static let corrections = 6
  /// How far from the layers' own time towards the budget a form is tried that leaves nothing of the output there.
  private static let partWay = 0.4

  private var bytesPerWeight: Int { chooser.table.compactMap(\.site.elementType.byteCount).max() ?? 4 }

  package init(chooser: Chooser, tools: any SearchTools, levelsAlone: Choices? = nil, drawsCurve: Bool = false) {
    (self.chooser, self.tools, self.levelsAlone, self.drawsCurve) = (chooser, tools, levelsAlone, drawsCurve)
  }

  package mutating func run(_ goal: Goal) throws -> (attempt: Attempt?, reached: Bool) {
    if drawsCurve { _ = try curve(points: 3) }
    return switch goal {
    case .speedup(let factor): try underTime { $0 / factor }
    case .latency(let bound): try underTime { _ in bound }
    case .macs(let factor): try under(Int(Double(tools.macs([:])) / factor), .macs, scale: 1, tools.macs)
    case .size(let bytes): try under(bytes, .parameters, scale: bytesPerWeight, tools.size)
    case .memory(let bytes): try under(bytes, .parameters, scale: bytesPerWeight, tools.memory)
    case .maxDrop(let drop): try underDrop(drop)
    case .curve, .none: (nil, true)
    }
  }

  /// The original, and networks between the fastest and the original, that none of the others outdoes in time and metric: fastest first.
  package mutating func curve(points: Int) throws -> [Attempt] {
    let (least, dense) = (chooser.leastTotal(.milliseconds), chooser.denseTotal(.milliseconds))
    var made = [try attempt([:])]
    for point in 1...max(1, points) {
      // Close together where networks are fast: there the metric changes most.
      let share = Double(point) / Double(points + 1)
      let choices = chooser.choose(.milliseconds, budget: least + share * share * (dense - least)).choices
      if made.contains(where: { $0.choices == choices }) { continue }
      made.append(try attempt(choices))
    }
    // Without images, by what the table expects of the errors of the weights.
    let worth = made.map { $0.metric ?? -($0.harm?.change ?? chooser.harm($0.choices)) }
    return made.indices.filter { one in
      !made.indices.contains { made[$0].share < made[one].share && worth[$0] >= worth[one] }
    }.map { made[$0] }.sorted { $0.share < $1.share }
  }

  /// Lowers the layers' budget until the whole network, with what else is in it, is within its bound: farther each time, since the nodes that forms add
  /// take bytes that the table does not know, but by no more than half of the way to the least, which would give away what the bound allows.
  /// - Parameter scale: what one of `cost` is in the units of `measure`.
  private mutating func under(_ bound: Int, _ cost: Chooser.Cost, scale: Int, _ measure: (Choices) throws -> Int) throws
    -> (attempt: Attempt?, reached: Bool)
  {
    let least = chooser.leastTotal(cost)
    var budget = chooser.denseTotal(cost)
    var margin = 1.0
    for _ in 0..<2 * Self.corrections {
      let (choices, fits) = chooser.choose(cost, budget: budget)
      guard fits else { break }
      let excess = try measure(choices) - bound
      if excess <= 0 { return (try attempt(choices), true) }
      budget = max(budget - margin * Double(excess) / Double(scale), (budget + least) / 2)
      margin *= 1.5
    }
    let smallest = chooser.choose(cost, budget: least).choices
    return (try attempt(smallest), try measure(smallest) <= bound)
  }

  /// Fits every form by itself, roughly: later layers are fitted to undo errors of earlier ones, and some forms can do that far better than their layers'
  /// harms one by one tell. Where a form leaves nothing of the output it is tried at a part of the way to the budget.
  mutating func screen(within budget: Double) throws {
    // A selector that was asked for by name has its word, and one form needs no comparison.
    guard chooser.selector is BudgetSelector, chooser.forms.count > 1 else { return }
    let dense = chooser.denseTotal(.milliseconds)
    for form in chooser.forms {
      let alone = chooser.restricted(to: form)
      for budget in [budget, dense - Self.partWay * (dense - budget)] {
        let choices = alone.choose(.milliseconds, budget: budget).choices
        guard let harm = try tools.screen(choices) else { return }
        chooser.learn(choices, harm)
        if harm.share < Chooser.telling { break }
      }
    }
  }

  /// Fits every form by itself, roughly, where it is expected to change the output by so much.
  mutating func screen(harm bound: Double) throws {
    for form in chooser.forms {
      let choices = chooser.restricted(to: form).fastest(harm: bound)
      guard !choices.isEmpty, let harm = try tools.screen(choices) else { continue }
      chooser.learn(choices, harm)
    }
  }

  mutating func attempt(_ choices: Choices, finished: Bool = false) throws -> Attempt {
    let attempt = try finished ? make(choices, finished: true) : tools.recall(choices) ?? make(choices)
    if let harm = attempt.harm {
      chooser.learn(choices, harm)
    }
    tools.log(attempt)
    return attempt
  }

  private func make(_ choices: Choices, finished: Bool = false) throws -> Attempt {
    var fitted = try tools.fit(choices)
    if finished { fitted = try tools.finish(fitted, choices) }
    let measured = try tools.time(choices)
    let attempt = Attempt(
      choices: choices, fitted: fitted, milliseconds: measured.network, originalMilliseconds: measured.original,
      metric: try tools.validate(fitted.model), harm: choices.isEmpty ? nil : try tools.harm(fitted))
    if !finished { tools.keep(attempt) }
    return attempt
  }
}
