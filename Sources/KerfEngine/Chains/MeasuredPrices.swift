import CKerfKernels
import KerfGraph

/// Costs as they are on this machine: every group of stages is run a few times on noise, once in the life of the wisdom.
///
/// Weights stand for themselves by constants of the right number: what they are does not change the time. Before each timed run the caches are
/// emptied of them where the whole network would not leave them there, and the input is written anew, as the layer before would have done.
final class MeasuredPrices: ChainPrices {
  private let options: EngineOptions
  private let wisdom: Wisdom
  private let batch: Int
  /// Whether the network is too large for its weights to stay in the caches from run to run.
  private let evicts: Bool

  init(_ options: EngineOptions, _ wisdom: Wisdom, batch: Int, evicts: Bool) {
    (self.options, self.wisdom, self.batch, self.evicts) = (options, wisdom, batch, evicts)
  }

  /// What the time of a group is kept under: first the work, then how it runs.
  static func key(_ stages: [ChainPlanner.Choice], of layers: [ChainLayer], batch: Int, _ options: EngineOptions, evicts: Bool) -> String {
    let range = (stages.first?.layers.lowerBound ?? 0)..<(stages.last?.layers.upperBound ?? 0)
    let work = layers[range].map { $0.signature(batch: batch) }.joined(separator: ";")
    return "\(options.instructionSet.name) t\(options.threads)\(evicts ? " cold" : "") \(work) \(stages.map(\.name).joined(separator: "+"))"
  }

  func price(_ stages: [ChainPlanner.Choice], of layers: [ChainLayer]) -> Double {
    prepare([stages], of: layers)
    return wisdom[Self.key(stages, of: layers, batch: batch, options, evicts: evicts)] ?? .infinity
  }

  /// Measures what is not known yet of rival groups, in turn: what else the machine is doing then slows all of them alike.
  func prepare(_ rivals: [[ChainPlanner.Choice]], of layers: [ChainLayer]) {
    var trials: [String: Trial] = [:]
    let weights = WeightCache(isDry: true)
    for stages in rivals {
      let key = Self.key(stages, of: layers, batch: batch, options, evicts: evicts)
      if wisdom[key] == nil, trials[key] == nil { trials[key] = Trial(stages, layers, weights, batch: batch, options) }
    }
    guard !trials.isEmpty else { return }
    let eviction = Eviction(evicts)
    let all = trials.sorted { $0.key < $1.key }
    let (least, most) = options.planning == .exhaustive ? (6, 30) : (3, 12)
    let clock = ContinuousClock()
    let start = clock.now
    for round in 1...most {
      var improved = false
      for (_, trial) in all {
        eviction.run()
        improved = trial.run(refreshing: evicts) || improved
      }
      // On a quiet machine the best times stand after a few rounds.
      if round >= least, !improved || (clock.now - start).milliseconds > 120 * Double(all.count) { break }
    }
    for (key, trial) in all { wisdom.keep(trial.best, for: key) }
  }
}

/// Empties the caches of weights, where the whole network would.
final class Eviction {
  private var rest: [Float]

  init(_ evicts: Bool) { rest = [Float](repeating: 1, count: evicts ? 6 << 20 : 0) }

  func run() { for i in stride(from: 0, to: rest.count, by: 16) { rest[i] += 1 } }
}

/// A group of stages ready to be timed.
final class Trial {
  private(set) var best = Double.infinity
  /// Floats that a thread needs beside input, output and weights, and those of the weights.
  var scratch: Int { work.scratch }
  let weightFloats: Int
  private let work: Pipeline
  private let frame: Frame
  private let input: Place

  init(_ stages: [ChainPlanner.Choice], _ layers: [ChainLayer], _ weights: WeightCache, batch: Int, _ options: EngineOptions) {
    let range = (stages.first?.layers.lowerBound ?? 0)..<(stages.last?.layers.upperBound ?? 0)
    let dry = layers.map { $0.dry(weights) }
    let first = layers[range.lowerBound].shape
    var places: [Place] = []
    func add(_ shape: [Int], onLevels: Bool) -> Place {
      places.append(Place(storage: .arena(places.count), layout: onLevels ? .levels : .channelsLast, shape: shape))
      return places[places.count - 1]
    }
    _ = add([batch, first.channels, first.height, first.width], onLevels: layers[range.lowerBound].onLevels)
    let output = add(layers[range.upperBound - 1].outputShape, onLevels: layers[range.upperBound - 1].toLevels)
    let residuals = stages.map { stage in
      let layer = layers[stage.layers.upperBound - 1]
      return layer.residual.map { _ in add(layer.outputShape, onLevels: layer.toLevels) }
    }
    input = places[0]
    let made = stages.map { $0.stage(dry) }
    weightFloats = made.reduce(0) { $0 + $1.weightFloats }
    work = Pipeline(
      made, residuals: residuals, input: input, output: output, batch: batch, threads: options.threads)
    let plan = Plan(
      steps: [Step("", "", "", reads: places, writes: [], work: work)], inputs: [], outputs: [], slotCount: 0,
      bufferSizes: places.map { $0.count + 1 })
    let pool = ThreadPool.shared(threads: options.threads)
    let size = plan.arenaSize + pool.threads * plan.scratchSize
    let arena = Arena(floats: size)
    // SAFETY: the arena holds so many floats.
    arena.pointer.update(repeating: 0.5, count: plan.arenaSize)
    frame = Frame(plan: plan, arena: arena, pool: pool, isa: options.instructionSet)
  }

  /// - Returns: whether the best time fell by more than two percent.
  func run(refreshing: Bool) -> Bool {
    let time = time(refreshing: refreshing)
    defer { best = min(best, time) }
    return time < 0.98 * best
  }

  /// Milliseconds of a run.
  func time(refreshing: Bool) -> Double {
    // SAFETY: the place is a buffer of so many floats.
    if refreshing {
      frame.writeBytes(input).initializeMemory(as: UInt8.self, repeating: 60, count: input.count * input.layout.elementBytes)
    }
    let clock = ContinuousClock()
    let before = clock.now
    work.run(frame)
    return (clock.now - before).milliseconds
  }
}

extension ChainLayer {
  /// The same work with constants for packed weights.
  fileprivate func dry(_ weights: WeightCache) -> ChainLayer {
    guard case .convolution(let layer) = kind else { return self }
    let copy = ConvolutionLayer(
      problem: layer.problem, kernel: layer.kernel, key: layer.key, epilogue: layer.epilogue, levels: layer.levels, isa: layer.isa,
      cache: weights)
    return ChainLayer(
      label: label, operators: operators, macs: macs, kind: .convolution(copy), residual: residual, output: output, outputShape: outputShape
    )
  }
}
