import KerfGraph

/// What every way to run a convolution of a network takes, at its shape, with what is fused into it, on this machine.
public struct LayerExecutions: Sendable {
  /// Label of the node, and the operators that run with it.
  public let name, operators: String
  /// Shape of the image, kernel, pads, strides, dilations and groups, without spaces.
  public let shape: String
  public let macs: Int
  /// What the network's plan runs it by.
  public let picked: String
  /// Fastest first.
  public let measured: [Measured]
  /// Those that cannot take it, and why.
  public let refused: [(execution: String, reason: String)]

  public struct Measured: Sendable {
    public let execution: String
    /// Convolutions that it runs as one, this being the first.
    public let layers: Int
    /// Sorted.
    public let milliseconds: [Double]
    /// What one thread needs besides input, output and weights, and what the packed weights take.
    public let scratchBytes, weightBytes: Int

    public var median: Double { milliseconds[milliseconds.count / 2] }
  }
}

extension Session {
  /// Times every execution of every convolution, rivals in turn, on noise and with constants for weights (what they are does not change the time).
  ///
  /// - Parameters:
  ///   - tensors: inputs of the shapes to plan for.
  ///   - runs: of each execution, at least.
  ///   - seconds: and at least so long for the whole network.
  public func executions(_ tensors: [String: Tensor], runs: Int = 5, seconds: Double = 0) throws(EngineError) -> [LayerExecutions] {
    let planner = try planner(for: tensors)
    var ran: [String: String] = [:]
    for part in try plan(for: tensors).steps.flatMap(\.parts) { ran[part.label] = part.execution }
    let count = planner.chains.reduce(0) { $0 + $1.chain.layers.count { $0.convolution != nil } }
    return planner.chains.flatMap { chain, choices in
      choices.flatMap { choice in
        choice.layers.compactMap { index in
          chain.layers[index].convolution == nil
            ? nil
            : chain.executions(
              of: index, picked: ran[chain.layers[index].label] ?? choice.name, planner, runs: max(1, runs),
              seconds: seconds / Double(count))
        }
      }
    }
  }
}

extension Chain {
  fileprivate func executions(of index: Int, picked: String, _ planner: Planner, runs: Int, seconds: Double) -> LayerExecutions {
    let weights = WeightCache(isDry: true)
    var refused: [(execution: String, reason: String)] = []
    var rivals: [(execution: any ConvolutionExecution, trial: Trial, samples: [Double])] = []
    for execution in ConvolutionRegistry.all where execution.onLevels == layers[index].onLevels {
      let range = index..<min(index + execution.length, layers.count)
      let convolutions = layers[range].compactMap(\.convolution)
      let isChain = convolutions.count == execution.length && layers[range].dropLast().allSatisfy(\.isLinear)
      let obstacle =
        isChain
        ? ConvolutionRegistry.obstacle(to: execution, convolutions.map(\.problem), planner.options)
        : "runs \(execution.length) convolutions as one, and no such pair begins here"
      if let obstacle {
        refused.append((execution.name, obstacle))
        continue
      }
      let choice = ChainPlanner.Choice(layers: range, execution: execution, estimate: 0)
      rivals.append((execution, Trial([choice], layers, weights, batch: batch, planner.options), []))
    }
    let eviction = Eviction(planner.evicts)
    let clock = ContinuousClock()
    let start = clock.now
    // The first round warms up and does not count.
    for round in 0... {
      for i in rivals.indices {
        eviction.run()
        let time = rivals[i].trial.time(refreshing: planner.evicts)
        if round > 0 { rivals[i].samples.append(time) }
      }
      if rivals.isEmpty || round >= runs && (clock.now - start).milliseconds >= 1e3 * seconds { break }
    }
    let measured = rivals.map {
      LayerExecutions.Measured(
        execution: $0.execution.name, layers: $0.execution.length, milliseconds: $0.samples.sorted(), scratchBytes: 4 * $0.trial.scratch,
        weightBytes: 4 * $0.trial.weightFloats)
    }
    let layer = layers[index]
    return LayerExecutions(
      name: layer.label, operators: layer.operators, shape: layer.signature(batch: batch), macs: layer.macs, picked: picked,
      measured: measured.sorted { $0.median < $1.median }, refused: refused)
  }
}

/// What the engine is made of.
public enum EngineInfo {
  /// Names of the ways to run a convolution.
  public static var convolutionExecutions: [String] { ConvolutionRegistry.all.map(\.name) }
}
