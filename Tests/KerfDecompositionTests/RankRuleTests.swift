import KerfAlgebra
import KerfDecomposition
import Testing

@Suite struct RankRuleTests {
  /// Singular values of `A·B + σ·noise`, 64 × 576.
  private func values(rank: Int, noise: Double, seed: UInt64 = 1) throws -> [Double] {
    var generator = SeededGenerator(seed: seed)
    var matrix = noise * generator.normalMatrix(64, 576)
    if rank > 0 { matrix = matrix + generator.normalMatrix(64, rank) * generator.normalMatrix(rank, 576) }
    return try SingularValueDecomposition(matrix).values
  }

  @Test func variationalBayesFindsTheSignalAndItsNoise() throws {
    for seed in UInt64(1)...3 {
      let ten = EVBMF(singularValues: try values(rank: 10, noise: 0.5, seed: seed), rows: 64, columns: 576)
      #expect(ten.rank == 10 && abs(ten.noise - 0.25) < 0.02, "\(ten)")
      let none = EVBMF(singularValues: try values(rank: 0, noise: 0.5, seed: seed), rows: 576, columns: 64)
      #expect(none.rank == 0 && abs(none.noise - 0.25) < 0.02, "\(none)")
    }
    // Where nearly all is signal it is taken for noise: why this is a start and not a judge.
    let most = EVBMF(singularValues: try values(rank: 60, noise: 0.1), rows: 64, columns: 576)
    #expect(most.rank < 60 && most.rank > 30, "\(most)")
    #expect(EVBMF(singularValues: [0, 0], rows: 2, columns: 3) == EVBMF(singularValues: [], rows: 0, columns: 0))
  }

  private var kernel: ConvolutionKernel {
    get throws {
      var generator = SeededGenerator(seed: 4)
      let low = generator.normalMatrix(24, 5) * generator.normalMatrix(5, 16 * 9) + 0.05 * generator.normalMatrix(24, 16 * 9)
      return ConvolutionKernel(weights: low.elements.map { Float($0) }, shape: [24, 16, 3, 3])
    }
  }

  @Test func rulesGiveRanks() throws {
    let kernel = try kernel
    let channel = ChannelMethod()
    #expect(try RankRuleRegistry.rule("evbmf").rank(of: channel, for: kernel) == Rank(5))
    // Half of the way from the full rank.
    #expect(try RankRuleRegistry.rule("evbmf:0.5").rank(of: channel, for: kernel) == Rank(24 - 10))
    let energy = try RankRuleRegistry.rule("energy:0.99").rank(of: channel, for: kernel)
    #expect(energy == Rank(5))
    // A fit of 90 per cent is an energy of 0.99.
    #expect(try RankRuleRegistry.rule("fit:90").rank(of: channel, for: kernel) == energy)
    #expect(try RankRuleRegistry.rule("evbmf").rank(of: Tucker2Method(), for: kernel).values.last == 5)
    #expect(try RankRuleRegistry.rule("condition-number:2").rank(of: channel, for: kernel).values[0] <= 5)
  }

  @Test func rulesSayWhyTheyLeaveALayer() throws {
    let kernel = try kernel
    let condition = #expect(throws: DecompositionError.self) {
      try RankRuleRegistry.rule("condition-number:1e9").rank(of: ChannelMethod(), for: kernel)
    }
    #expect(condition?.code == .inapplicable && condition?.message.contains("under 1000000000") == true)
    let foreign = #expect(throws: DecompositionError.self) { try RankRuleRegistry.rule("evbmf").rank(of: CPMethod(), for: kernel) }
    #expect(foreign?.code == .inapplicable)
    for text in ["fit:0", "energy:1.5", "energy:x", "evbmf:", "median"] {
      #expect(throws: DecompositionError.self, "\(text)") { try RankRuleRegistry.rule(text) }
    }
  }

  @Test func spatialIsJudgedByTheUnfoldingThatItTruncates() {
    func spectra(_ shape: [Int]) -> [String] {
      SpatialMethod().truncatedSpectra(of: ConvolutionKernel(weights: Array(repeating: 1, count: shape.reduce(1, *)), shape: shape))
    }
    #expect(spectra([16, 24, 3, 5]) == ["spatial"])
    #expect(spectra([24, 16, 3, 5]) == ["spatial-horizontal"])
  }

  @Test func aConditionNumberBeyondIntegersIsSaid() {
    let kernel = ConvolutionKernel(weights: [1, 0, 0, 1e-30], shape: [2, 2])
    #expect(throws: DecompositionError.self) {
      try RankRuleRegistry.rule("condition-number:1e300").rank(of: FullyConnectedMethod(), for: kernel)
    }
  }

  @Test func typicalRanksAreThoseOfTheTable() {
    #expect(KernelAnalysis.typicalRank(3, 100, 3) == [9])
    #expect(KernelAnalysis.typicalRank(3, 8, 3) == [8])
    #expect(KernelAnalysis.typicalRank(2, 2, 2) == [2, 3])
    #expect(KernelAnalysis.typicalRank(3, 3, 6) == [6, 7])
    #expect(KernelAnalysis.typicalRank(3, 3, 3) == nil)
    #expect(KernelAnalysis.typicalRank(7, 5, 1) == [5])
  }
}
