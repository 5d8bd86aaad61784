import KerfGraph

/// What one step of a plan took.
public struct StepTiming: Sendable {
  /// Label of the first node that the step runs.
  public let name: String
  /// The operators that it runs, joined by `+`; `layout` for a change of layout.
  public let operators: String
  /// Which implementation runs: `implicit-gemm`, `reference`, …
  public let execution: String
  /// Median over the runs, milliseconds.
  public let milliseconds: Double
  public let macs: Int
}

extension Session {
  /// Times every step: the median of `runs` runs.
  public func profile(_ tensors: [String: Tensor], runs: Int = 10) throws(EngineError) -> [StepTiming] {
    let plan = try plan(for: tensors)
    var samples = [[Double]](repeating: [], count: plan.steps.count)
    _ = try run(tensors)
    let clock = ContinuousClock()
    for _ in 0..<max(1, runs) {
      var before = clock.now
      _ = try run(tensors) { step in
        let now = clock.now
        samples[step].append((now - before).milliseconds)
        before = clock.now
      }
    }
    return zip(plan.steps, samples).map { step, times in
      StepTiming(
        name: step.label, operators: step.operators, execution: step.execution, milliseconds: times.sorted()[times.count / 2],
        macs: step.macs)
    }
  }

  /// Milliseconds of each of a number of whole runs, after one that does not count.
  /// - Parameters:
  ///   - runs: at least so many
  ///   - seconds: and at least so long.
  public func benchmark(_ tensors: [String: Tensor], runs: Int = 10, seconds: Double = 0) throws(EngineError) -> [Double] {
    let plan = try plan(for: tensors)
    _ = plan
    _ = try run(tensors)
    let clock = ContinuousClock()
    let start = clock.now
    var samples: [Double] = []
    while samples.count < max(1, runs) || (clock.now - start).milliseconds < seconds * 1000 {
      let before = clock.now
      _ = try run(tensors)
      samples.append((clock.now - before).milliseconds)
    }
    return samples
  }
}

extension Duration {
  var milliseconds: Double { Double(components.seconds) * 1e3 + Double(components.attoseconds) * 1e-15 }
}
