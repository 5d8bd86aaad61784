import KerfEngine
import KerfGraph

/// Times whole networks side by side: one run of each in turn, so that both see the same machine.
///
/// Processors change between two speeds, by their clocks or by what else they do, and a median of all runs may fall on one of them for one network and
/// on the other for the next. So medians are taken over the quicker half of the rounds, by the time of all networks together; the spread is of all.
struct NetworkTimer {
  /// Milliseconds of one run.
  struct Timing: Sendable, Equatable {
    var median, p10, p90: Double
    /// - Parameter quiet: the samples that the median is taken of.
    init(_ samples: [Double], quiet: [Double]? = nil) {
      median = Statistics.median(quiet ?? samples)
      p10 = Statistics.quantile(samples, 0.1)
      p90 = Statistics.quantile(samples, 0.9)
    }
  }

  /// Most runs of each: the smallest networks take half a second for them, long enough to see the machine as it is.
  private static let most = 2000

  let options: EngineOptions
  /// One input of the measured shape.
  let inputs: [String: Tensor]
  /// Measures instead of the engine.
  var command: CommandTimer?

  /// - Parameters:
  ///   - seconds: about how long to measure all of them together.
  ///   - rounds: how often to ask another program, which takes medians itself.
  func measure(_ models: [Model], seconds: Double = 3, rounds: Int = 3) throws -> [Timing] {
    let shapes = inputs.mapValues(\.shape)
    if let command {
      let rounds = try (0..<rounds).map { _ in try command.milliseconds(of: models, shapes: models.map { _ in shapes }) }
      return models.indices.map { index in Timing(rounds.map { $0[index] }) }
    }
    var sessions: [Session] = []
    for model in models { sessions.append(try Session(model, shapes: shapes, options: options)) }
    var samples = Array(repeating: [Double](), count: models.count)
    let clock = ContinuousClock()
    let start = clock.now
    var round = 0
    // The first round warms up and is not counted.
    while round <= 5 || (clock.now - start < .seconds(seconds) && round < Self.most) {
      for (index, session) in sessions.enumerated() {
        let before = clock.now
        _ = try session.run(inputs)
        let took = clock.now - before
        if round > 0 {
          samples[index].append(Double(took.components.seconds) * 1e3 + Double(took.components.attoseconds) * 1e-15)
        }
      }
      round += 1
    }
    let totals = (samples.first ?? []).indices.map { round in samples.reduce(0) { $0 + $1[round] } }
    let typical = Statistics.median(totals)
    return samples.map { all in Timing(all, quiet: zip(all, totals).filter { $0.1 <= typical }.map(\.0)) }
  }
}
