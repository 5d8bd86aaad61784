import KerfGraph

/// Chooses how a chain runs: which execution for each convolution, and which of them run fused in one pipeline.
///
/// Two shortest paths: first the cheapest cover of the layers by stages, then of the stages by groups. What a stage or group costs is estimated, or
/// measured on this machine where the options say so.
struct ChainPlanner {
  /// Consecutive layers that one stage runs.
  struct Choice {
    let layers: Range<Int>
    /// `nil` for pooling and conversions.
    let execution: (any ConvolutionExecution)?
    /// Cycles, by estimate.
    let estimate: Double

    /// What runs, where no execution does.
    var plain = "window"
    var name: String { execution?.name ?? plain }

    func stage(_ all: [ChainLayer]) -> any RowStage {
      if case .pool(let stage) = all[layers.lowerBound].kind { return stage }
      if case .convert(let stage) = all[layers.lowerBound].kind { return stage }
      return (execution ?? ImplicitGemmConvolution()).stage(all[layers].compactMap(\.convolution))
    }
  }

  /// Stages that run as one pipeline.
  struct Group {
    let stages: [Choice]
    var layers: Range<Int> { (stages.first?.layers.lowerBound ?? 0)..<(stages.last?.layers.upperBound ?? 0) }
  }

  private let layers: [ChainLayer]
  private let options: EngineOptions
  private let prices: any ChainPrices

  init(_ chain: Chain, _ options: EngineOptions, _ prices: any ChainPrices) {
    layers = chain.layers
    self.options = options
    self.prices = prices
  }

  func groups() -> [Group] {
    let stages = Self.cheapest(layers.count, longest: 2) { range in
      let able = candidates(range)
      if able.count > 1 { prices.prepare(able.map { [$0] }, of: layers) }
      return (able.count == 1 && range.count == layers.count ? able.first.map { ($0, 0) } : nil)
        ?? able.map { ($0, prices.price([$0], of: layers)) }.min { $0.1 < $1.1 }
    }
    switch options.fusion {
    case .always: return [Group(stages: stages)]
    case .never: return stages.map { Group(stages: [$0]) }
    case .byCost: break
    }
    let longest = options.planning == .exhaustive ? 10 : 5
    if stages.count == 1 { return [Group(stages: stages)] }
    for start in stages.indices {
      let ends = (start + 1..<min(stages.count, start + longest) + 1).map { Array(stages[start..<$0]) }
      prices.prepare(ends.filter { $0.count == 1 || isPlausible(Group(stages: $0)) }, of: layers)
    }
    return Self.cheapest(stages.count, longest: longest) { range in
      let group = Group(stages: Array(stages[range]))
      return range.count == 1 || isPlausible(group) ? (group, prices.price(group.stages, of: layers)) : nil
    }
  }

  /// The cheapest sequence of items that cover `0..<count`, each at most `longest` long.
  private static func cheapest<Item>(_ count: Int, longest: Int, _ price: (Range<Int>) -> (Item, Double)?) -> [Item] {
    var best: [(cost: Double, items: [Item])?] = [(0, [])] + [(cost: Double, items: [Item])?](repeating: nil, count: count)
    for end in 1..<count + 1 {
      for start in max(0, end - longest)..<end {
        guard let before = best[start], let (item, cost) = price(start..<end) else { continue }
        if best[end].map({ before.cost + cost < $0.cost }) ?? true { best[end] = (before.cost + cost, before.items + [item]) }
      }
    }
    return best[count]?.items ?? []
  }

  private func candidates(_ range: Range<Int>) -> [Choice] {
    let convolutions = layers[range].compactMap(\.convolution)
    if convolutions.isEmpty, range.count == 1 {
      if case .convert = layers[range.lowerBound].kind { return [Choice(layers: range, execution: nil, estimate: 0, plain: "convert")] }
      return [Choice(layers: range, execution: nil, estimate: 0)]
    }
    guard convolutions.count == range.count, layers[range].dropLast().allSatisfy(\.isLinear) else { return [] }
    let all = ConvolutionRegistry.candidates(convolutions.map(\.problem), options)
    // Far behind by the estimate is not worth a measurement. Those of floats are rivals that bfloat16 products come on top of.
    let floats = all.filter { $0.execution.arithmetic == .float32 }
    let limit = options.planning == .exhaustive ? Double.infinity : 1.8 * (floats.first?.cost ?? .infinity)
    return all.filter { $0.cost <= limit }.prefix(options.planning == .exhaustive ? all.count : 3 + all.count - floats.count).map {
      Choice(layers: range, execution: $0.execution, estimate: $0.cost)
    }
  }

  /// Whether the images between stages are worth keeping in the caches, and a block of their rows fits there.
  private func isPlausible(_ group: Group) -> Bool {
    // Every block of rows reads all weights: several convolutions with large ones are quicker one after another.
    let weights = group.stages.map {
      ($0.execution?.weightFloats(of: layers[$0.layers].compactMap { $0.convolution?.problem }) ?? 0)
        / (layers[$0.layers.lowerBound].onLevels ? 4 : 1)
    }
    if weights.filter({ $0 > 0 }).count > 1, weights.reduce(0, +) > 2_500_000 { return false }
    var room = 0
    for stage in group.stages.dropLast() {
      let layer = layers[stage.layers.upperBound - 1]
      let row = layer.outputRow
      if row * layer.shape.outputHeight < 16 * 1024 { return false }
      room += row * 8
    }
    return room <= 2 * PipelineCut.room
  }
}

/// What stages that run as one pipeline cost, in milliseconds.
protocol ChainPrices {
  func price(_ stages: [ChainPlanner.Choice], of layers: [ChainLayer]) -> Double
  /// Announces groups of which one will be taken.
  func prepare(_ rivals: [[ChainPlanner.Choice]], of layers: [ChainLayer])
}

extension ChainPrices {
  func prepare(_ rivals: [[ChainPlanner.Choice]], of layers: [ChainLayer]) {}
}

/// Costs by estimates alone.
struct EstimatedPrices: ChainPrices {
  /// Floats that a core's own cache and the shared one hold.
  private static let (near, far) = (96.0 * 1024, 3.0 * 1024 * 1024)

  func price(_ stages: [ChainPlanner.Choice], of layers: [ChainLayer]) -> Double {
    var cycles = stages.reduce(0) { $0 + $1.estimate }
    var room = 0.0
    for stage in stages.dropLast() {
      room += Double(layers[stage.layers.upperBound - 1].outputRow) * 8
    }
    // A pipeline walks over the image in blocks, and each of them reads all weights.
    if stages.count > 1 { cycles += max(0, room - Self.near) * 40 }
    if let last = stages.last {
      let layer = layers[last.layers.upperBound - 1]
      let floats = Double(layer.outputRow * layer.shape.outputHeight)
      // Written and read again.
      cycles += floats <= Self.near ? 0 : floats * (floats <= Self.far ? 0.1 : 0.8)
    }
    return cycles / 3.5e6
  }
}
