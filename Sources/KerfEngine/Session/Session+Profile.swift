import KerfGraph

/// What one layer took in a network: a step of the plan, or a stage of one that runs several fused.
public struct StepTiming: Sendable {
  /// Label of the first node that it runs.
  public let name: String
  /// The operators that it runs, joined by `+`; `layout` for a change of layout.
  public let operators: String
  /// Which implementation runs: `implicit-gemm`, `winograd-8`, `reference`, …
  public let execution: String
  /// The step that it belongs to: equal numbers run fused in one pipeline.
  public let step: Int
  /// Median over the runs, milliseconds. A fused step's time is divided among its stages as they took it.
  public let milliseconds: Double
  /// Multiply-adds by definition, and products that the execution really makes.
  public let macs, products: Int
  /// Input, output and weights, each counted once.
  public let bytes: Int
  /// Other executions of the same layer by itself that wisdom knows times of, and this one's, fastest first.
  public let measured: [(execution: String, milliseconds: Double)]

  /// Whether its products are of bytes.
  public var isOnLevels: Bool { execution.hasSuffix("-u8") }
  /// What its products are of, where they are not of bytes.
  public var arithmetic: Arithmetic { execution.hasSuffix("-bf16") ? .bfloat16 : .float32 }
}

extension Session {
  /// Times every layer: the median of `runs` runs.
  public func profile(_ tensors: [String: Tensor], runs: Int = 10) throws(EngineError) -> [StepTiming] {
    let plan = try plan(for: tensors)
    var samples = plan.steps.map { [[Double]](repeating: [], count: $0.parts.count) }
    _ = try run(tensors)
    let clock = ContinuousClock()
    let stages = StageClock()
    for _ in 0..<max(1, runs) {
      var before = clock.now
      _ = try run(tensors, clock: stages) { step in
        let now = clock.now
        let whole = (now - before).milliseconds
        var shares = stages.take()
        if shares.count != samples[step].count { shares = [1] + [Double](repeating: 0, count: samples[step].count - 1) }
        let sum = shares.reduce(0, +)
        for (i, share) in shares.enumerated() { samples[step][i].append(sum > 0 ? whole * share / sum : 0) }
        before = clock.now
      }
    }
    return zip(plan.steps.indices, zip(plan.steps, samples)).flatMap { index, entry in
      zip(entry.0.parts, entry.1).map { part, times in
        StepTiming(
          name: part.label, operators: part.operators, execution: part.execution, step: index,
          milliseconds: times.sorted()[times.count / 2],
          macs: part.macs, products: part.products, bytes: part.bytes, measured: measured(part))
      }
    }
  }

  private func measured(_ part: Step.Part) -> [(execution: String, milliseconds: Double)] {
    guard let key = part.key, let wisdom = options.wisdom else { return [] }
    return wisdom.entries(prefix: key).map { (String($0.key.dropFirst(key.count)), $0.milliseconds) }
  }

  /// Milliseconds of each of a number of whole runs, after one that does not count.
  /// - Parameters:
  ///   - runs: at least so many
  ///   - seconds: and at least so long.
  public func benchmark(_ tensors: [String: Tensor], runs: Int = 10, seconds: Double = 0) throws(EngineError) -> [Double] {
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
