import KerfAlgebra
import KerfDecomposition
import Testing

@Suite struct KernelAnalysisTests {
  @Test("Spectra have the kernel's energy and the textbook crossover ranks")
  func theory() throws {
    var generator = SeededGenerator(seed: 3)
    let kernel = ConvolutionKernel(weights: (0..<64 * 64 * 9).map { _ in Float(generator.normal()) }, shape: [64, 64, 3, 3])
    let analysis = try KernelAnalysis(kernel)
    let energy = kernel.weights.reduce(0) { $0 + Double($1) * Double($1) }
    #expect(analysis.spectra.map(\.name) == ["channel", "channel-in", "spatial", "spatial-horizontal"])
    for spectrum in analysis.spectra {
      let sum = spectrum.values.reduce(0) { $0 + $1 * $1 }
      #expect(abs(sum - energy) < 1e-9 * energy)
      #expect(spectrum.values == spectrum.values.sorted(by: >))
      #expect(spectrum.stableRank >= 1 && spectrum.stableRank <= Double(spectrum.values.count))
      #expect(spectrum.conditionNumber >= 1)
      let rank = spectrum.rank(forEnergy: 0.9)
      #expect(spectrum.energy(atRank: rank) >= 0.9 && spectrum.energy(atRank: rank - 1) < 0.9)
    }
    // d·N·C/(N + C) = 96: rank 95 still saves. kh·kw·N·C/(N + C + kh + kw) = 275.1.
    let crossover = Dictionary(uniqueKeysWithValues: analysis.forms.map { ($0.method, $0.crossoverRank) })
    #expect(crossover["spatial"] == Rank(95))
    #expect(crossover["cp"] == Rank(275))
    #expect(crossover["channel"] == Rank(57))
    #expect(analysis.forms.first { $0.method == "fc-svd" }?.reason != nil)
    #expect(analysis.tensorRankBound == 64 * 9)
  }

  @Test("Energy ranks of the methods agree with the spectra")
  func energyRanks() throws {
    let kernel = KernelCase(name: "3×3", shape: [10, 8, 3, 3]).kernel()
    let analysis = try KernelAnalysis(kernel)
    for method in [ChannelMethod(), ChannelInMethod()] as [any DecompositionMethod] {
      let spectrum = try #require(analysis.spectra.first { $0.name == method.name })
      #expect(try method.rank(forEnergy: 0.8, of: kernel) == Rank(spectrum.rank(forEnergy: 0.8)))
    }
    // Every method's energy rank keeps what was asked for, up to tucker2's bound and what no saving rank of cp reaches.
    for method in MethodRegistry.all where method.applicability(to: kernel) == .applicable {
      let rank = try method.rank(forEnergy: 0.5, of: kernel)
      let error = try method.factorize(kernel, rank: rank).kernelError(replacing: kernel)
      #expect(1 - error * error >= 0.5 - 1e-3, "\(method.name) \(rank)")
    }
  }

  @Test("Unknown methods are refused with the names there are")
  func unknownMethod() throws {
    let error = #expect(throws: DecompositionError.self) { try MethodRegistry.method(named: "magic") }
    #expect(error?.code == .unknownMethod)
    #expect(error?.message.contains("spatial") == true)
    #expect(Set(MethodRegistry.all.map(\.name)).count == MethodRegistry.all.count)
  }
}
