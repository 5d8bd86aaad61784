import KerfGraph

/// A whole network that was tried.
struct Attempt: Sendable {
  var choices: Choices
  var fitted: FittedNetwork
  /// Measured beside the original in one run.
  var milliseconds: Double
  var originalMilliseconds: Double
  /// On the validation split; `nil` where it was not measured.
  var metric: Double?
  /// What it does to the network's output; `nil` where there is no data, or nothing was replaced.
  var harm: NetworkHarm?
  /// Share of the original's time.
  var share: Double { milliseconds / originalMilliseconds }
}

/// What a search does with a network: each is one of the workbench's tools.
struct SearchTools {
  /// Time of the original and of a network whose layers have the chosen shapes (weights do not matter), ms.
  let time: (Choices) throws -> (original: Double, network: Double)
  /// Bytes of the file of a network with the chosen shapes.
  let size: (Choices) throws -> Int
  /// Bytes of its weights and activations while it runs.
  let memory: (Choices) throws -> Int
  /// Fits the chosen forms on calibration data.
  let fit: (Choices) throws -> FittedNetwork
  /// Gives the levels of a fitted network everything that helps them, as it is done with the one that is written.
  let finish: (FittedNetwork, Choices) throws -> FittedNetwork
  /// What a fitted network does to the output; `nil` without data.
  let harm: (FittedNetwork) throws -> NetworkHarm?
  /// The metric on the validation split.
  let validate: (Model) throws -> Double?
  /// What an earlier run kept of the same choices, and how to keep a network for later ones.
  let recall: (Choices) -> Attempt?
  let keep: (Attempt) -> Void
  let log: (Attempt) -> Void
}

/// From a goal to a network: choose by the table, measure the whole network, correct the bound and the table, choose again.
///
/// The table's times add up only nearly to a network's, and its harms only nearly to a network's loss; so every bound is met by measuring, and every
/// network that is made tells how much its layers' harms are together.
struct BudgetSearch {
  var chooser: Chooser
  let tools: SearchTools
  /// Every layer as it is, in int8; `nil` where that is not allowed.
  let levelsAlone: Choices?
  /// Whether to try a few networks beside the one asked for, for the curve of the metric against time.
  let drawsCurve: Bool

  private static let corrections = 6
  /// Networks that are made to find the one whose metric falls by what is allowed.
  private static let trials = 10
  /// How many forms are tried by themselves, the most promising first.
  private static let singleForms = 4
  /// The search aims this much below a time bound, so that the final measurement, with its own noise, meets it.
  private static let aim = 0.97
  /// A fall of the metric by this share of what is allowed is near enough to it.
  private static let nearDrop = 0.95

  mutating func run(_ goal: Goal) throws -> (attempt: Attempt?, reached: Bool) {
    if drawsCurve { _ = try curve(points: 3) }
    return switch goal {
    case .speedup(let factor): try underTime { $0 / factor }
    case .latency(let bound): try underTime { _ in bound }
    case .macs(let factor): try underMacs(factor)
    case .size(let bytes): try under(bytes, tools.size)
    case .memory(let bytes): try under(bytes, tools.memory)
    case .maxDrop(let drop): try underDrop(drop)
    case .curve, .none: (nil, true)
    }
  }

  /// The original, and networks between the fastest and the original, that none of the others outdoes in time and metric: fastest first.
  mutating func curve(points: Int) throws -> [Attempt] {
    let (least, dense) = (chooser.leastTotal(.milliseconds), chooser.denseTotal(.milliseconds))
    var made = [try attempt([:])]
    for point in 1...max(1, points) {
      // Close together where networks are fast: there the metric changes most.
      let share = Double(point) / Double(points + 1)
      let choices = chooser.choose(.milliseconds, budget: least + share * share * (dense - least)).choices
      if made.contains(where: { $0.choices == choices }) { continue }
      made.append(try attempt(choices))
    }
    return made.filter { one in
      !made.contains { $0.share < one.share && ($0.metric ?? -($0.harm?.change ?? 0)) >= (one.metric ?? -(one.harm?.change ?? 0)) }
    }.sorted { $0.share < $1.share }
  }

  /// Bisects on the layers' time until the measured network meets the bound with little to spare.
  private mutating func underTime(_ bound: (Double) -> Double) throws -> (attempt: Attempt?, reached: Bool) {
    var (low, high) = (chooser.leastTotal(.milliseconds), chooser.denseTotal(.milliseconds))
    let dense = try tools.time([:])
    var budget = max(low, Self.aim * bound(dense.original) - (dense.original - high))
    var best: Choices?
    for _ in 0..<Self.corrections {
      let (choices, _) = chooser.choose(.milliseconds, budget: budget)
      let measured = try tools.time(choices)
      let target = Self.aim * bound(measured.original)
      if measured.network <= target {
        best = choices
        low = budget
        if measured.network > 0.96 * target { break }
      } else {
        high = budget
      }
      // The excess in the network's time is the excess in the layers' time, as long as it stays inside the bracket.
      let corrected = budget + (0.99 * target - measured.network)
      budget = corrected > low && corrected < high ? corrected : (low + high) / 2
      if high - low < 0.005 * high { break }
    }
    // A measurement that was lucky once must be so again; else a little more is taken off.
    budget = low
    for _ in 0..<Self.corrections {
      guard let choices = best, try !Self.meets(tools.time(choices), bound) else { break }
      budget *= Self.aim
      let (fewer, fits) = chooser.choose(.milliseconds, budget: budget)
      best = fits ? fewer : nil
    }
    guard let best else { return (try attempt(chooser.choose(.milliseconds, budget: chooser.leastTotal(.milliseconds)).choices), false) }
    let first = try attempt(best)
    let tools = tools
    return (try polished(first) { try Self.meets(tools.time($0), bound) }, true)
  }

  private static func meets(_ measured: (original: Double, network: Double), _ bound: (Double) -> Double) -> Bool {
    measured.network <= bound(measured.original) * (1 + aim) / 2
  }

  /// Tries single forms in the same time, what the table says after that, and one form at one rank throughout: what is best by the metric stays. Harms add
  /// up only nearly, and not alike for all forms, so the first choice may be beaten.
  private mutating func polished(_ first: Attempt, meets: (Choices) throws -> Bool) throws -> Attempt {
    // A selector that was asked for by name has its word.
    guard var most = first.metric, first.harm != nil, chooser.selector is BudgetSelector else { return first }
    var best = first
    var seen = [first.choices]
    let budget = chooser.total(.milliseconds, first.choices)
    func consider(_ choices: Choices, fits: Bool, _ search: inout BudgetSearch) throws {
      guard fits, !choices.isEmpty, !seen.contains(choices), try meets(choices) else { return }
      seen.append(choices)
      let tried = try search.attempt(choices)
      if let metric = tried.metric, metric > most { (best, most) = (tried, metric) }
    }
    for (_, choices) in chooser.forms(within: budget).prefix(Self.singleForms) { try consider(choices, fits: true, &self) }
    let mixed = chooser.choose(.milliseconds, budget: budget)
    try consider(mixed.choices, fits: mixed.fits, &self)
    var uniform = chooser
    uniform.selector = UniformSelector()
    let choice = uniform.choose(.milliseconds, budget: budget)
    try consider(choice.choices, fits: choice.fits, &self)
    return best
  }

  private mutating func underMacs(_ factor: Double) throws -> (attempt: Attempt?, reached: Bool) {
    let (choices, fits) = chooser.choose(.macs, budget: chooser.denseTotal(.macs) / factor)
    return (try attempt(choices), fits)
  }

  /// Lowers the bound on the parameters until all that is measured, with what else is in it, is small enough.
  private mutating func under(_ bytes: Int, _ measure: (Choices) throws -> Int) throws -> (attempt: Attempt?, reached: Bool) {
    let bytesPerWeight = chooser.table.compactMap(\.site.elementType.byteCount).max() ?? 4
    var budget = chooser.denseTotal(.parameters)
    for _ in 0..<2 * Self.corrections {
      let (choices, fits) = chooser.choose(.parameters, budget: budget)
      guard fits else { break }
      let excess = try measure(choices) - bytes
      if excess <= 0 { return (try attempt(choices), true) }
      budget -= max(1, Double(excess) / Double(bytesPerWeight))
    }
    let least = chooser.choose(.parameters, budget: chooser.leastTotal(.parameters)).choices
    return (try attempt(least), try measure(least) <= bytes)
  }

  /// The fastest network whose metric falls by no more than `drop` on the validation split.
  ///
  /// The metric follows the change of the network's output closely, whatever layers make it: the change that uses the drop up is found by false
  /// position between networks that fell too far and those that did not.
  private mutating func underDrop(_ drop: Double) throws -> (attempt: Attempt?, reached: Bool) {
    let reference = try attempt([:]).metric ?? 0
    var best: Attempt?
    if let levelsAlone {
      let tried = try attempt(levelsAlone, finished: true)
      if reference - (tried.metric ?? -.infinity) <= drop, tried.share < 1 { best = tried }
    }
    var harmless = (change: 0.0, drop: 0.0)
    var harmful: (change: Double, drop: Double)?
    // What is chosen for its small harm harms more than expected: by how much, is learned too.
    var optimism = 1.0
    let middle = (chooser.leastTotal(.milliseconds) + chooser.denseTotal(.milliseconds)) / 2
    // Forms by themselves first: how their harms add up differs.
    var plan = chooser.selector is BudgetSelector ? chooser.forms(within: middle).prefix(Self.singleForms).map(\.choices) : []
    var choices = plan.isEmpty ? chooser.choose(.milliseconds, budget: middle).choices : plan.removeFirst()
    var seen: [Choices] = []
    for round in 0..<Self.trials {
      if choices.isEmpty || seen.contains(choices) { break }
      seen.append(choices)
      let expected = chooser.harm(choices)
      let tried = try attempt(choices)
      let (fallen, change) = (reference - (tried.metric ?? -.infinity), tried.harm?.change ?? expected)
      if round >= Self.singleForms { optimism = min(max(change / max(expected, .leastNormalMagnitude), 1), 2) }
      if fallen <= drop {
        // Shares of the original's time, measured in turn with it: times of different minutes do not compare.
        if tried.share < min(1, best?.share ?? .infinity) { best = tried }
        if change > harmless.change { harmless = (change, max(fallen, 0)) }
      } else if change < harmful?.change ?? .infinity {
        harmful = (change, fallen)
      }
      if !plan.isEmpty {
        choices = plan.removeFirst()
        continue
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

  private mutating func attempt(_ choices: Choices, finished: Bool = false) throws -> Attempt {
    let attempt = try finished ? make(choices, finished: true) : tools.recall(choices) ?? make(choices)
    if let harm = attempt.harm { chooser.learn(choices, harm) }
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
