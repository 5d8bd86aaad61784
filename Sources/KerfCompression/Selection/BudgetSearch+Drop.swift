extension BudgetSearch {
  /// Networks that are made to find the one whose metric falls by what is allowed, where there is one kind of them.
  private static let trials = 10
  /// And where forms may be mixed: first mixed, then of each of so many forms alone, then mixed again.
  private static let (mixed, singleForms, trialsOfForm, mixedAgain) = (4, 2, 3, 3)
  /// How much slower than the best network one of another kind may be expected to be, or have been, and still be worth a try.
  private static let doubt = 1.1
  /// A fall of the metric by this share of what is allowed is near enough to it.
  private static let nearDrop = 0.95
  /// Share of the original's time above which a network is no gain: times tell no smaller differences, and any loss would be for nothing.
  private static let gain = 0.98

  /// What networks that were made tell of the bound on the drop.
  private struct DropBracket {
    let reference: Double
    let drop: Double
    var best: Attempt?
    var harmless = (change: 0.0, drop: 0.0)
    var harmful: (change: Double, drop: Double)?
    var seen: [Choices] = []

    /// The change of the output that uses the drop up: until one network was good enough, farther from the bound.
    var change: Double {
      BudgetSearch.next(harmless, harmful, (harmless.change > 0 ? (1 + BudgetSearch.nearDrop) / 2 : 0.85) * drop)
    }

    mutating func add(_ tried: Attempt, change: Double) {
      let fallen = reference - (tried.metric ?? -.infinity)
      if fallen <= drop {
        // Shares of the original's time, measured in turn with it: times of different minutes do not compare.
        if tried.share < min(BudgetSearch.gain, best?.share ?? .infinity) { best = tried }
        if change > harmless.change { harmless = (change, max(fallen, 0)) }
      } else if change < harmful?.change ?? .infinity {
        harmful = (change, fallen)
      }
    }
  }

  /// The fastest network whose metric falls by no more than `drop` on the validation split.
  ///
  /// The metric follows the change of the network's output closely, whatever layers make it: the change that uses the drop up is found by false
  /// position between networks that fell too far and those that did not. What is mixed of all forms is chosen for its small harm, and so harms more than
  /// expected; so networks of one form are tried too, those that are fastest when every form was fitted roughly at that change.
  mutating func underDrop(_ drop: Double) throws -> (attempt: Attempt?, reached: Bool) {
    var bracket = DropBracket(reference: try attempt([:]).metric ?? 0, drop: drop)
    if let levelsAlone {
      let tried = try attempt(levelsAlone, finished: true)
      if bracket.reference - (tried.metric ?? -.infinity) <= drop, tried.share < Self.gain { bracket.best = tried }
    }
    let middle = (chooser.leastTotal(.milliseconds) + chooser.denseTotal(.milliseconds)) / 2
    try screen(within: middle)
    var choices = chooser.choose(.milliseconds, budget: middle).choices
    let mixes = chooser.selector is BudgetSelector && chooser.forms.count > 1
    for _ in 0..<(mixes ? Self.mixed : Self.trials) {
      guard let tried = try tried(choices, &bracket) else { break }
      choices = chooser.fastest(harm: bracket.change / (bracket.harmless.change > 0 ? 1 : tried.optimism))
      // What is not expected to be faster is not worth making, once the drop is used up.
      if bracket.harmless.drop > Self.nearDrop * drop, !isFaster(choices, than: bracket.best, by: Self.gain) { break }
    }
    guard mixes else { return (bracket.best, true) }
    try screen(harm: bracket.change)
    for form in chooser.fastestForms(harm: bracket.change).prefix(Self.singleForms) {
      try go(on: &bracket, trials: Self.trialsOfForm) { $0.restricted(to: form) }
    }
    try go(on: &bracket, trials: Self.mixedAgain) { $0 }
    return (bracket.best, true)
  }

  /// Makes the fastest networks of a part of the table, as long as they may be faster than the best.
  private mutating func go(on bracket: inout DropBracket, trials: Int, part: (Chooser) -> Chooser) throws {
    for _ in 0..<trials {
      let choices = part(chooser).fastest(harm: bracket.change)
      guard isFaster(choices, than: bracket.best, by: Self.doubt), let tried = try tried(choices, &bracket) else { return }
      if let best = bracket.best, tried.share > Self.doubt * best.share { return }
    }
  }

  /// Makes a network; returns its share of the original's time, and how many times more it harms than was expected, 1 to 2; `nil` where there is nothing new
  /// to make.
  private mutating func tried(_ choices: Choices, _ bracket: inout DropBracket) throws -> (share: Double, optimism: Double)? {
    if choices.isEmpty || bracket.seen.contains(choices) { return nil }
    bracket.seen.append(choices)
    let expected = chooser.harm(choices)
    let tried = try attempt(choices)
    let change = tried.harm.flatMap { $0.change.isFinite ? $0.change : nil } ?? expected
    bracket.add(tried, change: change)
    return (tried.share, min(max(change / max(expected, .leastNormalMagnitude), 1), 2))
  }

  private func isFaster(_ choices: Choices, than best: Attempt?, by share: Double) -> Bool {
    best.map { chooser.total(.milliseconds, choices) < share * chooser.total(.milliseconds, $0.choices) } ?? true
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
