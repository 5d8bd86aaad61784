extension BudgetSearch {
  /// Networks that are made to find the one whose metric falls by what is allowed.
  private static let trials = 10
  /// A fall of the metric by this share of what is allowed is near enough to it.
  private static let nearDrop = 0.95
  /// Share of the original's time above which a network is no gain: times tell no smaller differences, and any loss would be for nothing.
  private static let gain = 0.98

  /// The fastest network whose metric falls by no more than `drop` on the validation split.
  ///
  /// The metric follows the change of the network's output closely, whatever layers make it: the change that uses the drop up is found by false
  /// position between networks that fell too far and those that did not.
  mutating func underDrop(_ drop: Double) throws -> (attempt: Attempt?, reached: Bool) {
    let reference = try attempt([:]).metric ?? 0
    var best: Attempt?
    if let levelsAlone {
      let tried = try attempt(levelsAlone, finished: true)
      if reference - (tried.metric ?? -.infinity) <= drop, tried.share < Self.gain { best = tried }
    }
    var harmless = (change: 0.0, drop: 0.0)
    var harmful: (change: Double, drop: Double)?
    // What is chosen for its small harm harms more than expected: by how much, is learned too.
    var optimism = 1.0
    let middle = (chooser.leastTotal(.milliseconds) + chooser.denseTotal(.milliseconds)) / 2
    try screen(within: middle)
    var choices = chooser.choose(.milliseconds, budget: middle).choices
    var seen: [Choices] = []
    for _ in 0..<Self.trials {
      if choices.isEmpty || seen.contains(choices) { break }
      seen.append(choices)
      let expected = chooser.harm(choices)
      let tried = try attempt(choices)
      let fallen = reference - (tried.metric ?? -.infinity)
      let change = tried.harm.flatMap { $0.change.isFinite ? $0.change : nil } ?? expected
      optimism = min(max(change / max(expected, .leastNormalMagnitude), 1), 2)
      if fallen <= drop {
        // Shares of the original's time, measured in turn with it: times of different minutes do not compare.
        if tried.share < min(Self.gain, best?.share ?? .infinity) { best = tried }
        if change > harmless.change { harmless = (change, max(fallen, 0)) }
      } else if change < harmful?.change ?? .infinity {
        harmful = (change, fallen)
      }
      // Until one was good enough, farther from the bound.
      let aim = (harmless.change > 0 ? (1 + Self.nearDrop) / 2 : 0.85) * drop
      choices = chooser.fastest(harm: Self.next(harmless, harmful, aim) / (harmless.change > 0 ? 1 : optimism))
      // What is not expected to be faster is not worth making, once the drop is used up.
      if harmless.drop > Self.nearDrop * drop, let best,
        chooser.total(.milliseconds, choices) > 0.98 * chooser.total(.milliseconds, best.choices)
      {
        break
      }
    }
    return (best, true)
  }

  /// The change of the output at which the metric is expected to fall by `aim`.
  static func next(_ harmless: (change: Double, drop: Double), _ harmful: (change: Double, drop: Double)?, _ aim: Double) -> Double {
    guard let harmful else {
      // Nothing fell too far yet: onwards in proportion, by at most 4 times.
      return harmless.change * min(4, aim / max(harmless.drop, 1e-9))
    }
    // A metric of few images is not quite monotone in the change.
    guard harmful.change > harmless.change else { return harmless.change }
    let part = (aim - harmless.drop) / max(harmful.drop - harmless.drop, 1e-9)
    return harmless.change + min(max(part, 0.05), 0.95) * (harmful.change - harmless.change)
  }
}
