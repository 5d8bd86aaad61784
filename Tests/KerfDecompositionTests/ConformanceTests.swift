import KerfAlgebra
import KerfDecomposition
import Testing

/// What every registered method must keep, on every kernel it can take.
@Suite struct ConformanceTests {
  /// A rank about halfway to full.
  private func halfRank(_ method: any DecompositionMethod, _ kernel: ConvolutionKernel) -> Rank {
    let ladder = method.rankLadder(for: kernel, step: 1)
    return ladder.isEmpty ? method.fullRank(for: kernel) : ladder[(ladder.count - 1) / 2]
  }

  @Test("Full rank reproduces the response to 1e-4", arguments: MethodCase.all, KernelCase.all)
  func fullRankIsExact(_ entry: MethodCase, _ test: KernelCase) throws {
    let (kernel, method) = (test.kernel(), entry.method)
    guard method.applicability(to: kernel) == .applicable, entry.isExactAtFullRank else { return }
    let calibration = Calibration(kernel)
    let image = test.image()
    let expected = kernel.applied(to: image).image
    for criterion in [Criterion.filter, .data(calibration.data)] {
      let form = try method.factorize(kernel, rank: method.fullRank(for: kernel), criterion: criterion)
      let response = form.applied(to: image).image
      #expect(response.extents == expected.extents)
      let error = relativeDistance(response.values, expected.values)
      #expect(error < 1e-4, "\(method.name), \(criterion.name): \(error)")
      #expect(form.kernelError(replacing: kernel) < 1e-4)
    }
  }

  @Test("MACs and parameters are those counted", arguments: MethodCase.all, KernelCase.all)
  func costsAreCounted(_ entry: MethodCase, _ test: KernelCase) throws {
    let (kernel, method) = (test.kernel(), entry.method)
    guard method.applicability(to: kernel) == .applicable else { return }
    let rank = halfRank(method, kernel)
    let form = try method.factorize(kernel, rank: rank)
    let image = test.image()
    let counted = form.applied(to: image)
    #expect(form.macs(inputExtents: image.extents) == counted.macs)
    #expect(form.outputExtents(forInput: image.extents) == counted.image.extents)
    #expect(form.macsPerOutput == method.macsPerOutput(kernel, rank: rank))
    let weights = form.factors.filter { $0.selection == nil }.map { $0.shape.reduce(1, *) }.reduce(0, +)
    let biases = form.bias?.count ?? 0
    #expect(form.parameters == weights + biases)
    #expect(form.parameters == method.parameters(kernel, rank: rank))
  }

  @Test("Reported errors are those of the factors' weights", arguments: MethodCase.all, KernelCase.all)
  func errorsAreTrue(_ entry: MethodCase, _ test: KernelCase) throws {
    let (kernel, method) = (test.kernel(), entry.method)
    guard method.applicability(to: kernel) == .applicable else { return }
    let calibration = Calibration(kernel)
    for criterion in [Criterion.filter, .data(calibration.data), .asymmetric(calibration.asymmetric)] {
      let form = try method.factorize(kernel, rank: halfRank(method, kernel), criterion: criterion)
      // The chain answers like the dense kernel it reports.
      let dense = kernel.replacing(weights: form.reconstructed(groups: kernel.groups), bias: form.bias)
      let image = test.image()
      #expect(relativeDistance(form.applied(to: image).image.values, dense.applied(to: image).image.values) < 1e-5)
      let recomputed = relativeDistance(dense.weights.map(Double.init), kernel.weights.map(Double.init))
      #expect(abs(form.kernelError(replacing: kernel) - recomputed) < 1e-5 * (1 + recomputed))

      // And so does the response, measured row by row.
      let (n, d) = (kernel.outputsPerGroup, kernel.unfoldedColumns)
      var error = 0.0
      for (patch, response) in calibration.rows {
        for output in 0..<kernel.outputs {
          var sum = Double(dense.bias?[output] ?? 0)
          for element in 0..<d { sum += Double(dense.weights[output * d + element]) * patch[output / n * d + element] }
          error += (response[output] - sum) * (response[output] - sum)
        }
      }
      error /= Double(calibration.rows.count) * calibration.asymmetric.responseVariance
      let reported = try form.responseError(replacing: kernel, moments: calibration.asymmetric)
      #expect(abs(reported - error) < 1e-4 * (error + 1e-3), "\(method.name) \(criterion.name): \(reported), \(error)")
    }
  }

  @Test("The error never rises with rank", arguments: MethodCase.all, ["filter", "data", "asymmetric"])
  func errorFallsWithRank(_ entry: MethodCase, _ criterionName: String) throws {
    let method = entry.method
    for test in entry.examples {
      let kernel = test.kernel()
      guard method.applicability(to: kernel) == .applicable else { continue }
      let calibration = Calibration(kernel)
      let criterion: Criterion =
        switch criterionName {
        case "data": .data(calibration.data)
        case "asymmetric": .asymmetric(calibration.asymmetric)
        default: .filter
        }
      // A larger ridge would not be in the error below.
      var options = SolverOptions(sweeps: 40, tolerance: 1e-6, ridge: 1e-2)
      var last = Double.infinity
      let ladder = method.rankLadder(for: kernel, step: 1)
      let step = max(1, ladder.count / 8)
      for rank in stride(from: 0, to: ladder.count, by: step).map({ ladder[$0] }) + [method.fullRank(for: kernel)] {
        let form = try method.factorize(kernel, rank: rank, criterion: criterion, options: options)
        options.warmStart = form
        let error =
          try criterion.moments.map { try form.responseError(replacing: kernel, moments: $0) }
          ?? form.kernelError(replacing: kernel)
        #expect(error <= last * (1 + 1e-5) + 5e-6, "\(method.name) \(criterion.name) rank \(rank): \(error) after \(last)")
        last = error
      }
    }
  }

  @Test("A kernel of exact rank is recovered in at least 9 of 10 seeds", arguments: MethodCase.all)
  func exactRankIsRecovered(_ entry: MethodCase) throws {
    let method = entry.method
    let first = KernelCase(name: "first layer", shape: [12, 3, 3, 3])
    let volume = KernelCase(name: "3-D", shape: [8, 6, 3, 2, 3])
    for test in [KernelCase(name: "3×3", shape: [12, 10, 3, 3]), KernelCase(name: "dense", shape: [12, 10]), first, volume] {
      guard method.applicability(to: test.kernel()) == .applicable else { continue }
      guard entry.hasStructure(test.shape) else { continue }
      let rank = entry.modestRank(for: test.kernel())
      var recovered = 0
      for seed in UInt64(1)...10 {
        var generator = SeededGenerator(seed: seed)
        let template = try method.factorize(test.kernel(seed: seed), rank: rank)
        let factors = template.factors.enumerated().map { place, factor in
          if factor.selection != nil { return factor }
          var weights = factor.weights.map { _ in Float(generator.normal()) }
          if method is SharedSeparableBankMethod, place < 2 {
            // One basis for all channels.
            let basis = rank.values[0] * factor.taps
            weights = weights.indices.map { weights[$0 % basis] }
          }
          return factor.replacing(weights: weights, bias: nil)
        }
        let exact = LayerForm(method: method.name, rank: rank, factors: factors)
        let kernel = ConvolutionKernel(weights: exact.reconstructed(), shape: test.shape)
        let form = try method.factorize(kernel, rank: rank, options: SolverOptions(seed: seed))
        let fit = 1 - form.kernelError(replacing: kernel)
        if fit > 0.999 { recovered += 1 } else { print("\(method.name) rank \(rank), seed \(seed): fit \(fit)") }
      }
      #expect(recovered >= 9, "\(method.name), \(test.name): \(recovered) of 10")
    }
  }

  @Test("The same seed gives the same bits", arguments: MethodCase.all)
  func sameSeedSameBits(_ entry: MethodCase) throws {
    for test in entry.examples {
      let (kernel, method) = (test.kernel(), entry.method)
      guard method.applicability(to: kernel) == .applicable else { continue }
      let calibration = Calibration(kernel)
      let rank = halfRank(method, kernel)
      for criterion in [Criterion.filter, .asymmetric(calibration.asymmetric)] {
        let options = SolverOptions(seed: 7)
        let first = try method.factorize(kernel, rank: rank, criterion: criterion, options: options)
        let second = try method.factorize(kernel, rank: rank, criterion: criterion, options: options)
        #expect(first == second)
      }
    }
  }

  @Test("Ranks out of range and foreign kernels are refused with the reason", arguments: MethodCase.all, KernelCase.all)
  func refusals(_ entry: MethodCase, _ test: KernelCase) throws {
    let (kernel, method) = (test.kernel(), entry.method)
    if let reason = method.applicability(to: kernel).reason {
      #expect(!reason.isEmpty)
      let error = #expect(throws: DecompositionError.self) { try method.factorize(kernel, rank: Rank(1)) }
      #expect(error?.code == .inapplicable && error?.message == reason)
      #expect(method.candidateRanks(for: kernel).isEmpty)
      return
    }
    let full = method.fullRank(for: kernel)
    for rank in [Rank(full.values.map { $0 + 1 }), Rank(full.values.map { _ in 0 }), Rank(full.values + [1])] {
      let error = #expect(throws: DecompositionError.self) { try method.factorize(kernel, rank: rank) }
      #expect(error?.code == .rankOutOfRange)
      #expect(error?.message.contains("\(rank)") == true)
    }
  }

  @Test("Narrow layers have candidates of shared terms too") func narrowCandidates() {
    let kernel = ConvolutionKernel(weights: Array(repeating: 1, count: 576), shape: [8, 8, 3, 3])
    #expect(SharedCPMethod().candidateRanks(for: kernel).map(\.values) == [[6, 8, 8], [12, 16, 16], [18, 24, 24]])
  }

  @Test("Candidate ranks save MACs and are in range; the crossover is the largest that does", arguments: MethodCase.all)
  func candidatesSave(_ entry: MethodCase) throws {
    let method = entry.method
    for shape in [[64, 64, 3, 3], [48, 32, 5, 5], [256, 512, 1, 1], [100, 400], [24, 20, 3, 3, 3]] {
      let kernel = ConvolutionKernel(weights: Array(repeating: 1, count: shape.reduce(1, *)), shape: shape)
      guard method.applicability(to: kernel) == .applicable else { continue }
      let candidates = method.candidateRanks(for: kernel)
      let full = method.fullRank(for: kernel)
      #expect(!candidates.isEmpty && candidates.count <= 40)
      for rank in candidates {
        #expect(method.macsPerOutput(kernel, rank: rank) < kernel.macsPerOutput)
        #expect(zip(rank.values, full.values).allSatisfy { $0 >= 1 && $0 <= $1 })
      }
      let crossover = try #require(method.crossoverRank(for: kernel))
      #expect(method.macsPerOutput(kernel, rank: crossover) < kernel.macsPerOutput)
      let ladder = method.rankLadder(for: kernel, step: 1)
      if let index = ladder.firstIndex(of: crossover), index + 1 < ladder.count {
        #expect(method.macsPerOutput(kernel, rank: ladder[index + 1]) >= kernel.macsPerOutput)
      }
    }
  }
}
