import Foundation
import KerfAlgebra
import KerfDecomposition
import Testing

/// What every solver of the canonical polyadic decomposition must keep.
@Suite struct CPSolverTests {
  static let solvers = CPSolverRegistry.list.map(\.name)

  private func options(_ solver: String, seed: UInt64 = 1, correction: CPCorrection? = nil) -> SolverOptions {
    SolverOptions(seed: seed, cpSolver: solver, cpCorrection: correction)
  }

  /// A kernel of exact rank: the form's own factors filled with noise, multiplied out.
  private func exact(_ method: any DecompositionMethod, shape: [Int], rank: Int, seed: UInt64) throws -> ConvolutionKernel {
    var generator = SeededGenerator(seed: seed)
    let blank = ConvolutionKernel(weights: Array(repeating: 0, count: shape.reduce(1, *)), shape: shape)
    let factors = method.skeleton(of: blank, rank: Rank(rank)).map { factor in
      ConvolutionKernel(
        weights: factor.weights.map { _ in Float(generator.normal()) }, shape: factor.shape, groups: factor.groups, pads: factor.pads)
    }
    return ConvolutionKernel(weights: LayerForm(method: method.name, rank: Rank(rank), factors: factors).reconstructed(), shape: shape)
  }

  @Test("A tensor of exact rank is recovered in at least 9 of 10 seeds", arguments: ["als", "nls", "ncg"], ["cp", "cp-spatial"])
  func exactRankIsRecovered(_ solver: String, _ name: String) throws {
    let method = try MethodRegistry.method(named: name)
    var recovered = 0
    for seed in UInt64(1)...10 {
      let kernel = try exact(method, shape: [16, 12, 3, 3], rank: 6, seed: seed)
      let fit = try 1 - method.factorize(kernel, rank: Rank(6), options: options(solver, seed: seed)).kernelError(replacing: kernel)
      if fit > 0.999 { recovered += 1 } else { print("\(solver) \(name), seed \(seed): fit \(fit)") }
    }
    #expect(recovered >= 9, "\(solver), \(name): \(recovered) of 10")
  }

  @Test("The error never rises with the rank, and the same seed gives the same bits", arguments: solvers)
  func errorFallsWithRank(_ solver: String) throws {
    let method = CPSpatialMethod()
    let kernel = KernelCase(name: "3×3", shape: [12, 10, 3, 3]).kernel()
    var options = options(solver)
    var last = Double.infinity
    for rank in [2, 4, 8, 16, 24] {
      let form = try method.factorize(kernel, rank: Rank(rank), options: options)
      #expect(try method.factorize(kernel, rank: Rank(rank), options: options) == form)
      let error = form.kernelError(replacing: kernel)
      #expect(error <= last * (1 + 1e-5) + 1e-6, "\(solver) rank \(rank): \(error) after \(last)")
      (last, options.warmStart) = (error, form)
    }
    #expect(last < (solver == "greedy" ? 0.5 : 0.35))
  }

  @Test("Joint solvers fit at least as well as one term at a time")
  func jointSolversBeatGreedyTerms() throws {
    let kernel = KernelCase(name: "3×3", shape: [24, 16, 3, 3]).kernel()
    func error(_ solver: String) throws -> Double {
      try CPMethod().factorize(kernel, rank: Rank(16), options: options(solver)).kernelError(replacing: kernel)
    }
    let greedy = try error("greedy")
    for solver in ["als", "nls", "ncg"] { #expect(try error(solver) < greedy, "\(solver)") }
  }

  @Test("Solvers on all factors at once come as far as alternating ones where terms are nearly collinear", arguments: ["nls", "ncg"])
  func collinearTermsAreFitted(_ solver: String) throws {
    let bank = orientedEdges(count: 64, size: 11)
    func fit(_ solver: String, steps: Int) throws -> Double {
      let options = SolverOptions(cpSolver: solver, randomStarts: 0, cpSweeps: steps)
      return try 1 - CPMethod().factorize(bank, rank: Rank(45), options: options).kernelError(replacing: bank)
    }
    // Steps that take about the same time.
    let (mine, other) = try (fit(solver, steps: solver == "nls" ? 150 : 300), fit("als", steps: 1200))
    #expect(mine > other - 0.0005, "\(solver) \(mine), als \(other)")
  }

  /// Edges of random direction, width, wavelength and phase, as first layers learn them.
  private func orientedEdges(count: Int, size: Int) -> ConvolutionKernel {
    var generator = SeededGenerator(seed: 1)
    let weights = (0..<count).flatMap { _ -> [Float] in
      let draws = (0..<4).map { _ in generator.normal() }
      let (direction, phase) = (3 * draws[0], 3 * draws[1])
      let (width, wavelength) = (Double(size) * (0.2 + 0.04 * draws[2]), Double(size) * (0.6 + 0.1 * draws[3]))
      return (0..<size * size).map { place in
        let (y, x) = (Double(place / size) - Double(size - 1) / 2, Double(place % size) - Double(size - 1) / 2)
        let along = x * cos(direction) + y * sin(direction)
        return Float(exp(-(x * x + y * y) / (2 * width * width)) * cos(2 * .pi * along / wavelength + phase) + 0.01 * generator.normal())
      }
    }
    return ConvolutionKernel(weights: weights, shape: [count, 1, size, size])
  }

  @Test("Correction lowers what it is asked to, and keeps the error", arguments: solvers, CPCorrection.allCases)
  func correctionPreservesTheError(_ solver: String, _ goal: CPCorrection) throws {
    let kernel = KernelCase(name: "3×3", shape: [24, 16, 3, 3]).kernel()
    for method in [CPMethod(), CPSpatialMethod()] as [any DecompositionMethod] {
      let plain = try method.factorize(kernel, rank: Rank(40), options: options(solver))
      let corrected = try method.factorize(kernel, rank: Rank(40), options: options(solver, correction: goal))
      let (before, after) = (plain.kernelError(replacing: kernel), corrected.kernelError(replacing: kernel))
      #expect(after <= before * 1.001, "\(method.name): \(after) of \(before)")
      let (old, new) = (try #require(plain.cpQuality(of: kernel)), try #require(corrected.cpQuality(of: kernel)))
      switch goal {
      case .norm: #expect(new.norm < old.norm, "\(method.name): \(new.norm) of \(old.norm)")
      case .sensitivity: #expect(new.sensitivity < old.sensitivity, "\(method.name): \(new.sensitivity) of \(old.sensitivity)")
      }
    }
  }

  @Test func qualityIsThatOfTheFactors() throws {
    // One term of norm 6 in a kernel of norm 6: 1 of the energy; unit noise on 2 + 3 + 4 + 2 elements times the other norms.
    let kernel = try exact(CPMethod(), shape: [2, 3, 4, 2], rank: 1, seed: 3)
    let form = try CPMethod().factorize(kernel, rank: Rank(1))
    let quality = try #require(form.cpQuality(of: kernel))
    #expect(abs(quality.norm - 1) < 1e-5)
    let norms = form.factors.map { Double($0.weights.reduce(0) { $0 + $1 * $1 }) }
    let sizes = form.factors.map { Double($0.weights.count) }
    let energy = norms.reduce(1, *)
    let wanted = zip(norms, sizes).reduce(0) { $0 + $1.1 * energy / $1.0 } / energy
    #expect(abs(quality.sensitivity - wanted) < 1e-3 * wanted)
    #expect(try ChannelMethod().factorize(kernel, rank: Rank(1)).cpQuality(of: kernel) == nil)
  }

  @Test func unknownSolversAreRefused() throws {
    let kernel = KernelCase(name: "3×3", shape: [4, 4, 3, 3]).kernel()
    let error = #expect(throws: DecompositionError.self) {
      try CPMethod().factorize(kernel, rank: Rank(2), options: options("newton"))
    }
    #expect(error?.message.contains("als, nls, ncg, greedy") == true)
  }
}
