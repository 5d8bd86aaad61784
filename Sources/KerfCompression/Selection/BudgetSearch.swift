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
  /// Share of the original's time.
  var share: Double { milliseconds / originalMilliseconds }
}

/// From a goal to a network: choose by the table, measure the whole network, correct the bound, choose again.
///
/// The table's times add up only nearly to a network's, and its harms only nearly to a network's loss; so every bound is met by measuring.
struct BudgetSearch {
  let chooser: Chooser
  /// Time of the original and of a network whose layers have the chosen shapes (weights do not matter), ms.
  let time: (Choices) throws -> (original: Double, network: Double)
  /// Bytes of the file of a network with the chosen shapes.
  let size: (Choices) throws -> Int
  /// Fits the chosen forms on calibration data.
  let fit: (Choices) throws -> FittedNetwork
  /// Gives the levels of a fitted network everything that helps them, as it is done with the one that is written.
  let finish: (FittedNetwork, Choices) throws -> FittedNetwork
  /// The metric on the validation split.
  let validate: (Model) throws -> Double?
  /// Every layer as it is, in int8; `nil` where that is not allowed.
  let levelsAlone: Choices?
  let log: (Attempt) -> Void
  /// Whether to try a few networks beside the one asked for, for the curve of the metric against time.
  let drawsCurve: Bool

  private static let corrections = 6
  /// The search aims this much below a time bound, so that the final measurement, with its own noise, meets it.
  private static let aim = 0.97
  /// A fall of the metric by this share of what is allowed is near enough to it.
  private static let nearDrop = 0.95

  func run(_ goal: Goal) throws -> (attempt: Attempt?, reached: Bool) {
    if drawsCurve { try curve() }
    return try found(goal)
  }

  /// The original, and networks at three times between the fastest and the original's.
  private func curve() throws {
    let (least, dense) = (chooser.leastTotal(.milliseconds), chooser.denseTotal(.milliseconds))
    _ = try attempt([:])
    for share in [0.1, 0.3, 0.6] { _ = try attempt(chooser.choose(.milliseconds, budget: least + share * (dense - least)).choices) }
  }

  private func found(_ goal: Goal) throws -> (attempt: Attempt?, reached: Bool) {
    switch goal {
    case .speedup(let factor): try underTime { $0 / factor }
    case .latency(let bound): try underTime { _ in bound }
    case .macs(let factor): try underTotal(.macs) { $0 / factor }
    case .size(let bytes): try underSize(bytes)
    case .maxDrop(let drop): try underDrop(drop)
    case .none: (nil, true)
    }
  }

  /// Bisects on the layers' time until the measured network meets the bound with little to spare.
  private func underTime(_ bound: (Double) -> Double) throws -> (attempt: Attempt?, reached: Bool) {
    var (low, high) = (chooser.leastTotal(.milliseconds), chooser.denseTotal(.milliseconds))
    let first = try time([:])
    var budget = max(low, Self.aim * bound(first.original) - (first.original - high))
    var best: Choices?
    for _ in 0..<Self.corrections {
      let (choices, _) = chooser.choose(.milliseconds, budget: budget)
      let measured = try time(choices)
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
      guard let choices = best else { break }
      let measured = try time(choices)
      if measured.network <= bound(measured.original) * (1 + Self.aim) / 2 { break }
      budget *= Self.aim
      let (fewer, fits) = chooser.choose(.milliseconds, budget: budget)
      best = fits ? fewer : nil
    }
    let cheapest = chooser.choose(.milliseconds, budget: chooser.leastTotal(.milliseconds)).choices
    return (try attempt(best ?? cheapest), best != nil)
  }

  private func underTotal(_ cost: Chooser.Cost, _ bound: (Double) -> Double) throws -> (attempt: Attempt?, reached: Bool) {
    let (choices, fits) = chooser.choose(cost, budget: bound(chooser.denseTotal(cost)))
    return (try attempt(choices), fits)
  }

  /// Lowers the bound on the parameters until the file, with all else that is in it, is small enough.
  private func underSize(_ bytes: Int) throws -> (attempt: Attempt?, reached: Bool) {
    let bytesPerWeight = chooser.table.compactMap(\.site.elementType.byteCount).max() ?? 4
    var budget = chooser.denseTotal(.parameters)
    for _ in 0..<2 * Self.corrections {
      let (choices, fits) = chooser.choose(.parameters, budget: budget)
      guard fits else { break }
      let excess = try size(choices) - bytes
      if excess <= 0 { return (try attempt(choices), true) }
      budget -= max(1, Double(excess) / Double(bytesPerWeight))
    }
    return (try attempt(chooser.choose(.parameters, budget: chooser.leastTotal(.parameters)).choices), false)
  }

  /// The fastest network whose metric falls by no more than `drop` on the validation split: by false position between the slowest network that
  /// fell too far and the fastest that did not.
  private func underDrop(_ drop: Double) throws -> (attempt: Attempt?, reached: Bool) {
    let original = try attempt([:])
    let reference = original.metric ?? 0
    var low = (budget: chooser.leastTotal(.milliseconds), drop: Double.infinity)
    var high = (budget: chooser.denseTotal(.milliseconds), drop: 0.0)
    var best: Attempt?
    if let levelsAlone {
      let tried = try attempt(levelsAlone, finished: true)
      if reference - (tried.metric ?? -.infinity) <= drop, tried.share < 1 { best = tried }
    }
    var budget = (low.budget + high.budget) / 2
    for _ in 0..<Self.corrections {
      let (choices, _) = chooser.choose(.milliseconds, budget: budget)
      if choices.isEmpty { break }
      let tried = try attempt(choices)
      let fallen = reference - (tried.metric ?? -.infinity)
      if fallen <= drop {
        // Shares of the original's time, measured in turn with it: times of different minutes do not compare.
        if tried.share < min(1, best?.share ?? .infinity) { best = tried }
        high = (budget, max(fallen, 0))
        if fallen > Self.nearDrop * drop { break }
      } else {
        low = (budget, fallen)
      }
      let width = high.budget - low.budget
      if width < 0.01 * chooser.denseTotal(.milliseconds) { break }
      let aim = (1 + Self.nearDrop) / 2 * drop
      // How much of the bracket to go down from its upper end.
      let part = low.drop.isFinite && low.drop > high.drop ? (aim - high.drop) / (low.drop - high.drop) : 0.5
      budget = high.budget - min(max(part, 0.1), 0.9) * width
    }
    return (best, true)
  }

  private func attempt(_ choices: Choices, finished: Bool = false) throws -> Attempt {
    var fitted = try fit(choices)
    if finished { fitted = try finish(fitted, choices) }
    let measured = try time(choices)
    let attempt = Attempt(
      choices: choices, fitted: fitted, milliseconds: measured.network, originalMilliseconds: measured.original,
      metric: try validate(fitted.model))
    log(attempt)
    return attempt
  }
}
