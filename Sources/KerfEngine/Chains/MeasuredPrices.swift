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
  private static let evictionFloats = 6 << 20
  private let estimate = EstimatedPrices()

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
    let key = Self.key(stages, of: layers, batch: batch, options, evicts: evicts)
    if let known = wisdom[key] { return known }
    let time = measure(stages, of: layers)
    wisdom.keep(time, for: key)
    return time
  }

  private func measure(_ stages: [ChainPlanner.Choice], of layers: [ChainLayer]) -> Double {
    guard let first = stages.first, let last = stages.last else { return 0 }
    let dry = layers.map { $0.dry() }
    let (input, output) = (layers[first.layers.lowerBound].shape, layers[last.layers.upperBound - 1].shape)
    let shapes = [
      [batch, input.channels, input.height, input.width], [batch, output.outputs, output.outputHeight, output.outputWidth],
    ]
    var sizes = shapes.map { $0.reduce(1, *) }
    var places = zip(shapes.indices, shapes).map { Place(storage: .arena($0), layout: .channelsLast, shape: $1) }
    var residuals: [Place?] = []
    for stage in stages {
      let layer = layers[stage.layers.upperBound - 1]
      guard layer.residual != nil else {
        residuals.append(nil)
        continue
      }
      let place = Place(storage: .arena(places.count), layout: .channelsLast, shape: layer.outputShape)
      sizes.append(place.count)
      places.append(place)
      residuals.append(place)
    }
    let work = Pipeline(
      stages.map { $0.stage(dry) }, residuals: residuals, input: places[0], output: places[1], batch: batch, threads: options.threads)
    let step = Step("", "", "", reads: places, writes: [], work: work)
    let plan = Plan(steps: [step], inputs: [], outputs: [], slotCount: 0, bufferSizes: sizes)
    let pool = ThreadPool.shared(threads: options.threads)
    let arena = Arena(floats: plan.arenaSize + pool.threads * plan.scratchSize + Self.evictionFloats)
    let frame = Frame(plan: plan, arena: arena, pool: pool, isa: options.instructionSet)
    // SAFETY: the arena holds the values, the threads' scratch, and behind them the floats that push others out of the caches.
    (arena.pointer).update(repeating: 0.5, count: plan.arenaSize)
    let rest = arena.pointer + plan.arenaSize + pool.threads * plan.scratchSize
    if evicts { rest.update(repeating: 0.25, count: Self.evictionFloats) }
    let clock = ContinuousClock()
    var best = Double.infinity
    let start = clock.now
    for round in 0..<(options.planning == .exhaustive ? 7 : 4) {
      if evicts {
        for i in stride(from: 0, to: Self.evictionFloats, by: 16) { rest[i] += 1 }
        frame.write(places[0]).update(repeating: Float(round) * 0.1, count: sizes[0])
      }
      let before = clock.now
      work.run(frame)
      best = min(best, (clock.now - before).milliseconds)
      // Long work is timed well by few runs.
      if round >= 1, (clock.now - start).milliseconds > 60 { break }
    }
    return best
  }
}

extension ChainLayer {
  /// The same work with constants for packed weights.
  fileprivate func dry() -> ChainLayer {
    guard case .convolution(let layer) = kind else { return self }
    let copy = ConvolutionLayer(
      problem: layer.problem, weights: layer.weights, key: layer.key, epilogue: layer.epilogue, isa: layer.isa,
      cache: WeightCache(isDry: true))
    return ChainLayer(
      label: label, operators: operators, macs: macs, kind: .convolution(copy), residual: residual, output: output, outputShape: outputShape
    )
  }
}
