import KerfCompression
import Testing

@Suite struct RankSelectorTests {
  /// Layers with options of two forms at falling work; errors and harms rise as work falls, differently in every layer.
  private func layers(seed: UInt64) -> [[LayerOption]] {
    var random = SystemFreeGenerator(state: seed)
    return (0..<5).map { _ in
      let dense = Double(50 + random.next() % 100)
      let sensitivity = Double(1 + random.next() % 50)
      return [LayerOption(form: nil, cost: dense, harm: 0, error: 0, work: 1)]
        + ["a", "b"].flatMap { form in
          (1...4).map { step in
            let work = 1 - 0.2 * Double(step)
            let error = 0.02 * Double(step * step) * (form == "a" ? 1 : 1.3)
            return LayerOption(form: form, cost: dense * work, harm: sensitivity * error, error: error, work: work)
          }
        }
    }
  }

  private func total(_ layers: [[LayerOption]], _ chosen: [Int], _ value: (LayerOption) -> Double) -> Double {
    zip(layers, chosen).reduce(0) { $0 + value($1.0[$1.1]) }
  }

  @Test("Every selector stays within the budget and says where none can", arguments: RankSelectorRegistry.all.map { $0.name }, 1...10)
  func staysWithinTheBudget(name: String, seed: UInt64) throws {
    let selector = try RankSelectorRegistry.selector(name)
    let layers = layers(seed: seed)
    let dense = layers.reduce(0) { $0 + $1[0].cost }
    for share in [0.25, 0.5, 0.75, 1] {
      let chosen = try #require(selector.choose(layers, budget: share * dense), "\(name) at \(share)")
      #expect(total(layers, chosen, \.cost) <= share * dense * (1 + 1e-9), "\(name) at \(share)")
    }
    #expect(selector.choose(layers, budget: 0.19 * dense) == nil)
  }

  @Test("Each selector is best by what it is named for", arguments: 1...10) func isBestByItsOwnMeasure(seed: UInt64) throws {
    let layers = layers(seed: seed)
    let budget = 0.5 * layers.reduce(0) { $0 + $1[0].cost }
    let chosen = try RankSelectorRegistry.all.map { try #require($0.init().choose(layers, budget: budget)) }
    let exact = try #require(BudgetSelector().choose(layers, budget: budget))
    let bounded = try #require(GreedySensitivitySelector().choose(layers, budget: budget))
    let worst = { (picks: [Int]) in zip(layers, picks).map { $0[$1].harm }.max() ?? 0 }
    for other in chosen {
      // Costs are rounded up to 1/20000 of the budget.
      #expect(total(layers, exact, \.harm) <= total(layers, other, \.harm) * 1.001)
      #expect(worst(bounded) <= worst(other) + 1e-12)
    }
  }

  @Test("A uniform choice is one form at one share of the work") func uniformIsUniform() throws {
    let layers = layers(seed: 3)
    let chosen = try #require(UniformSelector().choose(layers, budget: 0.5 * layers.reduce(0) { $0 + $1[0].cost }))
    let options = zip(layers, chosen).map { $0[$1] }
    #expect(Set(options.map(\.form)) == ["a"] && Set(options.map(\.work)).count == 1)
  }

  @Test("Zhang's greedy choice takes the energy that costs least first") func pcaEnergyIsGreedy() throws {
    // The second layer loses half as much energy for the first two units; then the first layer loses less, and so on in turn.
    let options = { (errors: [Double]) in
      [LayerOption(form: nil, cost: 10, harm: 0, error: 0, work: 1)]
        + errors.enumerated().map { LayerOption(form: "a", cost: 8 - 2 * Double($0), harm: 0, error: $1, work: 0.8) }
    }
    let layers = [options([0.1, 0.3, 0.6]), options([0.05, 0.15, 0.6])]
    #expect(PCAEnergySelector().choose(layers, budget: 18) == [0, 1])
    #expect(PCAEnergySelector().choose(layers, budget: 16) == [1, 1])
    #expect(PCAEnergySelector().choose(layers, budget: 14) == [1, 2])
  }

  @Test("An unknown selector is an error with those there are") func unknownNamesAreRefused() {
    let error = #expect(throws: CompressionError.self) { try RankSelectorRegistry.selector("best") }
    #expect(RankSelectorRegistry.all.allSatisfy { error?.message.contains($0.name) ?? false })
  }

  @Test("Under a bound every selector gives a network that meets it", arguments: RankSelectorRegistry.all.map { $0.name })
  func givesANetwork(name: String) throws {
    let selector = try RankSelectorRegistry.selector(name)
    let outcome = try SmallNetwork.compressor(CompressionRequest(goal: .macs(1.2), fitting: .data, selector: selector)).run()
    if outcome.reached { #expect(Double(outcome.result.after.macs) * 1.2 <= Double(outcome.result.before.macs) * 1.001) }
  }

  @Test("A bound on memory is met by weights and activations together") func memoryIsBounded() throws {
    let original = try #require(
      SmallNetwork.compressor(CompressionRequest(method: .form("spatial", rank: [4]), fitting: .filter)).run().result.before.memoryBytes)
    let bound = original * 9 / 10
    let outcome = try SmallNetwork.compressor(CompressionRequest(goal: .memory(bytes: bound), fitting: .data)).run()
    let memory = try #require(outcome.result.after.memoryBytes)
    #expect(outcome.reached == (memory <= bound), "\(memory) of \(bound) bytes, reached: \(outcome.reached)")
  }

  @Test("A curve holds no network that another outdoes") func curvesAreOrdered() throws {
    let outcomes = try SmallNetwork.compressor(CompressionRequest(goal: .curve(points: 4), fitting: .data)).curve()
    #expect(outcomes.count <= 4)
    #expect(outcomes.allSatisfy { $0.model != SmallNetwork.model() })
    #expect(Set(outcomes.map { $0.recipe.result ?? "" }).count == outcomes.count)
  }
}
