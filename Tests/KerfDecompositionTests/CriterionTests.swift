import KerfAlgebra
import KerfDecomposition
import Testing

/// Criteria with known optima or limits.
@Suite struct CriterionTests {
  private let kernel = KernelCase(name: "3×3", shape: [10, 8, 3, 3], pads: [1, 1, 1, 1]).kernel()

  private func rank(_ method: any DecompositionMethod, _ kernel: ConvolutionKernel) -> Rank {
    Rank(method.fullRank(for: kernel).values.map { max(1, $0 / 3) })
  }

  private func samples(_ calibration: Calibration, _ kernel: ConvolutionKernel, _ rectifier: Rectifier = Rectifier()) -> RectifiedResponse {
    let (d, n) = (kernel.unfoldedColumns, kernel.outputsPerGroup)
    return RectifiedResponse(
      rectifier: rectifier,
      patches: (0..<kernel.groups).map { group in calibration.rows.flatMap { $0.patch[group * d..<(group + 1) * d].map { Float($0) } } },
      responses: (0..<kernel.groups).map { group in calibration.rows.flatMap { $0.response[group * n..<(group + 1) * n].map { Float($0) } }
      },
      rows: calibration.rows.count)
  }

  @Test("joint is data without the weights' part and filter without the response's", arguments: ["channel", "spatial"])
  func jointLimits(name: String) throws {
    let method = try MethodRegistry.method(named: name)
    let moments = Calibration(kernel).data
    func dense(_ criterion: Criterion) throws -> [Float] {
      try method.factorize(kernel, rank: Rank(4), criterion: criterion, options: SolverOptions(sweeps: 200, tolerance: 0)).reconstructed()
    }
    #expect(try dense(.joint(moments, filterShare: 0)) == dense(.data(moments)))
    let (limit, filter) = (try dense(.joint(moments, filterShare: 1e8)), try dense(.filter))
    #expect(relativeDistance(limit.map(Double.init), filter.map(Double.init)) < 1e-4)
    let between = try dense(.joint(moments, filterShare: 1))
    #expect(relativeDistance(between.map(Double.init), filter.map(Double.init)) > 1e-3)
  }

  @Test("mahalanobis with equal weights is data", arguments: MethodCase.all)
  func equalWeights(_ entry: MethodCase) throws {
    let kernel = entry.kernel(like: kernel)
    let moments = Calibration(kernel).data
    let rank = rank(entry.method, kernel)
    // 4 scales by a power of two: the same bits but for where a square root rounds.
    let weighted = try entry.method.factorize(
      kernel, rank: rank, criterion: .mahalanobis(moments, weights: Array(repeating: 4, count: kernel.outputs)))
    let plain = try entry.method.factorize(kernel, rank: rank, criterion: .data(moments))
    let (a, b) = try (weighted.responseError(replacing: kernel, moments: moments), plain.responseError(replacing: kernel, moments: moments))
    #expect(abs(a - b) < 0.02 * b + 1e-6, "\(entry.method.name): \(a) against \(b)")
  }

  @Test("mahalanobis: channel is the SVD of D^{1/2} W Σ^{1/2}", arguments: [1, 4, 8])
  func weightedOptimum(rank: Int) throws {
    let moments = Calibration(kernel).data
    let weights = (0..<10).map { 0.1 + Double($0 * $0) }
    let roots = weights.map { $0.squareRoot() }
    let form = try ChannelMethod().factorize(
      kernel, rank: Rank(rank), criterion: .mahalanobis(moments, weights: weights), options: SolverOptions(ridge: 1e-9))
    let root = try moments.covariances[0].squareRoot()
    let weighted = (Matrix(kernel.weights, rows: 10, columns: 72) * root).scalingRows(roots)
    let values = try SingularValueDecomposition(weighted).values
    let difference = ((kernel.unfolded(group: 0) - Matrix(form.reconstructed(), rows: 10, columns: 72)) * root).scalingRows(roots)
    let optimum = values[rank...].reduce(0) { $0 + $1 * $1 }
    #expect(abs(difference.squaredNorm - optimum) < 1e-4 * weighted.squaredNorm)
  }

  @Test("Weights that are not positive are refused")
  func badWeights() throws {
    let moments = Calibration(kernel).data
    for weights in [[Double](repeating: 1, count: 9), [Double](repeating: 0, count: 10), [Double](repeating: .nan, count: 10)] {
      let error = #expect(throws: DecompositionError.self) {
        try ChannelMethod().factorize(kernel, rank: Rank(4), criterion: .mahalanobis(moments, weights: weights))
      }
      #expect(error?.code == .momentsMismatch)
    }
  }

  @Test("nonlinear is never worse after the rectifier than asymmetric", arguments: MethodCase.all)
  func nonlinearHelps(_ entry: MethodCase) throws {
    for shape in [[10, 8, 3, 3], [12, 30]] {
      let kernel = KernelCase(name: "layer", shape: shape, pads: shape.count > 2 ? [1, 1, 1, 1] : nil).kernel()
      guard entry.method.applicability(to: kernel) == .applicable else { continue }
      let calibration = Calibration(kernel)
      let samples = samples(calibration, kernel)
      let rank = rank(entry.method, kernel)
      let plain = try entry.method.factorize(kernel, rank: rank, criterion: .asymmetric(calibration.asymmetric))
      let form = try entry.method.factorize(kernel, rank: rank, criterion: .nonlinear(calibration.asymmetric, samples))
      let (a, b) = (rectifiedError(plain, kernel, calibration), rectifiedError(form, kernel, calibration))
      #expect(b <= a * (1 + 1e-6), "\(entry.method.name): \(b) against \(a)")
      if ["channel", "fc-svd"].contains(entry.method.name) { #expect(b < 0.9 * a, "\(entry.method.name): \(b) against \(a)") }
    }
  }

  /// `Σ‖r(y) − r(ŷ)‖²`, sample by sample.
  private func rectifiedError(_ form: LayerForm, _ kernel: ConvolutionKernel, _ calibration: Calibration) -> Double {
    let (dense, d) = (form.reconstructed(groups: kernel.groups), kernel.unfoldedColumns)
    var sum = 0.0
    for (patch, response) in calibration.rows {
      for output in 0..<kernel.outputs {
        let made = (0..<d).reduce(Double(form.bias?[output] ?? 0)) { $0 + Double(dense[output * d + $1]) * patch[$1] }
        let difference = max(0, response[output]) - max(0, made)
        sum += difference * difference
      }
    }
    return sum
  }

  @Test("Outputs that the rectifier always cuts off cost no rank")
  func deadOutputs() throws {
    // Outputs 0 to 3 never pass, with most of the energy; 4 to 7 always do: rank 4 is enough for an exact result.
    var weights = KernelCase(name: "half", shape: [8, 8, 3, 3], pads: [1, 1, 1, 1]).kernel().weights
    for i in 0..<4 * 72 { weights[i] *= 3 }
    let kernel = ConvolutionKernel(
      weights: weights, shape: [8, 8, 3, 3], pads: [1, 1, 1, 1], bias: (0..<8).map { $0 < 4 ? -1000 : 1000 })
    let calibration = Calibration(kernel)
    let samples = samples(calibration, kernel)
    func error(_ criterion: Criterion) throws -> Double {
      let form = try ChannelMethod().factorize(kernel, rank: Rank(4), criterion: criterion, options: SolverOptions(ridge: 1e-9))
      return rectifiedError(form, kernel, calibration)
    }
    let (plain, rectified) = (try error(.data(calibration.data)), try error(.nonlinear(calibration.data, samples)))
    #expect(rectified < 0.05 * plain, "\(rectified) against \(plain)")
  }

  @Test("The relaxed response is the least on a grid", arguments: [Rectifier(), Rectifier(negativeSlope: 0.1), Rectifier(upper: 6)])
  func relaxed(rectifier: Rectifier) {
    for penalty in [0.01, 1] {
      for y in [-7.3, -1, -0.1, 0.2, 3, 5.9, 8] {
        for made in [-9.0, -1.5, -0.01, 0, 0.4, 5.5, 7, 12] {
          func cost(_ z: Double) -> Double {
            (rectifier(y) - rectifier(z)) * (rectifier(y) - rectifier(z)) + penalty * (z - made) * (z - made)
          }
          let best = cost(rectifier.relaxed(target: y, response: made, penalty: penalty))
          let least = (-1500...1500).map { cost(Double($0) / 100) }.min() ?? 0
          #expect(best <= least + 1e-12, "y \(y), ŷ \(made), λ \(penalty)")
        }
      }
    }
  }

  @Test("Samples of another layer are refused")
  func foreignSamples() throws {
    let other = KernelCase(name: "other", shape: [10, 7, 3, 3]).kernel()
    let calibration = Calibration(kernel)
    let error = #expect(throws: DecompositionError.self) {
      try ChannelMethod().factorize(
        kernel, rank: Rank(4), criterion: .nonlinear(calibration.asymmetric, samples(Calibration(other), other)))
    }
    #expect(error?.code == .momentsMismatch)
  }
}
