extension BudgetSearch {
  /// The search aims this much below a time bound, so that the final measurement, with its own noise, meets it.
  private static let aim = 0.97
  /// A network whose time is this share of what is aimed at uses the bound up.
  private static let used = 0.96
  /// How many forms are tried by themselves, the most promising first.
  private static let singleForms = 2
  /// How often the table is asked again after it has learned from a network.
  private static let mixedChoices = 3

  /// The best network by the metric that is as fast as is asked: `bound` gives the time allowed from the original's.
  mutating func underTime(_ bound: (Double) -> Double) throws -> (attempt: Attempt?, reached: Bool) {
    try screen(within: budget(chooser, bound(try tools.time([:]).original)))
    guard let mixed = try timed(chooser, bound) else {
      return (try attempt(chooser.choose(.milliseconds, budget: chooser.leastTotal(.milliseconds)).choices), false)
    }
    let first = try attempt(mixed)
    guard first.metric != nil, first.harm != nil, chooser.selector is BudgetSelector else { return (first, true) }
    return (try polished(first, bound), true)
  }

  /// Tries single forms in the same time, what the table says after that, and one form at one share throughout: what is best by the metric stays. Harms
  /// add up only nearly, and not alike for all forms, so the first choice may be beaten.
  private mutating func polished(_ first: Attempt, _ bound: (Double) -> Double) throws -> Attempt {
    var best = first
    var seen = [first.choices]
    func consider(_ choices: Choices?, _ search: inout BudgetSearch) throws {
      guard let choices, !choices.isEmpty, !seen.contains(choices) else { return }
      seen.append(choices)
      let tried = try search.attempt(choices)
      if let metric = tried.metric, metric > best.metric ?? -.infinity { best = tried }
    }
    for (form, _) in chooser.singleForms(within: chooser.total(.milliseconds, first.choices)).prefix(Self.singleForms) {
      try consider(timed(chooser.restricted(to: form), bound), &self)
    }
    for _ in 0..<Self.mixedChoices { try consider(timed(chooser, bound), &self) }
    var uniform = chooser
    uniform.selector = UniformSelector()
    try consider(timed(uniform, bound), &self)
    return best
  }

  /// What the layers may take so that the network takes `milliseconds`.
  private func budget(_ chooser: Chooser, _ milliseconds: Double) throws -> Double {
    Self.aim * milliseconds - (try tools.time([:]).original - chooser.denseTotal(.milliseconds))
  }

  /// What a chooser takes under a bound on the whole network's measured time; `nil` where even its fastest choice measures slower.
  ///
  /// The excess in the network's time is the excess in its layers' time, as long as that stays inside the bracket of what was found too slow and what
  /// was not.
  private func timed(_ chooser: Chooser, _ bound: (Double) -> Double) throws -> Choices? {
    var (low, high) = (chooser.leastTotal(.milliseconds), chooser.denseTotal(.milliseconds))
    let dense = try tools.time([:])
    let target = Self.aim * bound(dense.original)
    var budget = try budget(chooser, bound(dense.original))
    var best: Choices?
    for _ in 0..<Self.corrections {
      budget = max(budget, low)
      let choices = chooser.choose(.milliseconds, budget: budget).choices
      let measured = try tools.time(choices)
      // Each measurement by the original beside it: times of different minutes do not compare.
      let network = measured.network * dense.original / measured.original
      if network <= target {
        (best, low) = (choices, budget)
        if network > Self.used * target { break }
      } else {
        if budget <= low { break }
        high = budget
      }
      let corrected = budget + (0.99 * target - network)
      budget = corrected > low && corrected < high ? corrected : (low + high) / 2
      if high - low < 0.005 * high { break }
    }
    return best
  }
}
