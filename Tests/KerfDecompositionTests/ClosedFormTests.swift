import KerfAlgebra
import KerfDecomposition
import Testing

/// Closed-form solvers reach the optimum that the discarded singular values give.
@Suite struct ClosedFormTests {
  private let kernel = KernelCase(name: "3×3", shape: [10, 8, 3, 3], pads: [1, 1, 1, 1]).kernel()

  private func tail(_ values: [Double], from rank: Int) -> Double { values[rank...].reduce(0) { $0 + $1 * $1 }.squareRoot() }

  @Test("filter: channel, channel-in and both spatial orders", arguments: [1, 4, 8])
  func filter(rank: Int) throws {
    let tensor = DenseTensor(kernel.weights.map(Double.init), shape: kernel.shape)
    let norm = Matrix(kernel.weights, rows: 1, columns: kernel.weights.count).norm
    let cases: [(any DecompositionMethod, SolverOptions.Order, Matrix)] = [
      (ChannelMethod(), .best, tensor.unfolded(0)),
      (ChannelInMethod(), .best, tensor.unfolded(1)),
      (SpatialMethod(), .verticalFirst, Matrix(tensor.permuted([1, 2, 0, 3]).elements, rows: 24, columns: 30)),
      (SpatialMethod(), .horizontalFirst, Matrix(tensor.permuted([1, 3, 0, 2]).elements, rows: 24, columns: 30)),
    ]
    for (method, order, unfolding) in cases {
      let optimum = tail(try SingularValueDecomposition(unfolding).values, from: rank) / norm
      let form = try method.factorize(kernel, rank: Rank(rank), options: SolverOptions(order: order))
      if order != .best { #expect(form.variant == order.rawValue) }
      #expect(abs(form.kernelError(replacing: kernel) - optimum) < 1e-5, "\(method.name) \(order)")
    }
  }

  @Test("spatial keeps the better order")
  func betterOrder() throws {
    let method = SpatialMethod()
    let errors = try SolverOptions.Order.allCases.map {
      try method.factorize(kernel, rank: Rank(6), options: SolverOptions(order: $0)).kernelError(replacing: kernel)
    }
    #expect(errors[0] == min(errors[1], errors[2]))
    #expect(errors[1] != errors[2])
  }

  @Test("data: channel is the SVD of W Σ^{1/2}", arguments: [1, 4, 8])
  func data(rank: Int) throws {
    let moments = Calibration(kernel).data
    let root = try moments.covariances[0].squareRoot()
    let weighted = Matrix(kernel.weights, rows: 10, columns: 72) * root
    let values = try SingularValueDecomposition(weighted).values
    let optimum = values[rank...].reduce(0) { $0 + $1 * $1 } / moments.responseVariance
    let form = try ChannelMethod().factorize(kernel, rank: Rank(rank), criterion: .data(moments), options: SolverOptions(ridge: 1e-9))
    #expect(abs(try form.responseError(replacing: kernel, moments: moments) - optimum) < 1e-5)
  }

  @Test("Data lowers the response error that filter leaves, for every method", arguments: MethodCase.all)
  func dataHelps(_ entry: MethodCase) throws {
    let kernel = entry.kernel(like: kernel)
    let calibration = Calibration(kernel)
    let rank = Rank(entry.method.fullRank(for: kernel).values.map { max(1, $0 / 3) })
    func error(_ criterion: Criterion, _ moments: Moments) throws -> Double {
      try entry.method.factorize(kernel, rank: rank, criterion: criterion).responseError(replacing: kernel, moments: moments)
    }
    let filter = try error(.filter, calibration.data)
    let data = try error(.data(calibration.data), calibration.data)
    #expect(data < 0.99 * filter, "\(entry.method.name): \(data) against \(filter)")
    // Against the original response; only a global optimum must also beat the symmetric criterion.
    let closedForm = ["channel", "fc-svd"].contains(entry.method.name)
    let other = try error(closedForm ? .data(calibration.data) : .filter, calibration.asymmetric)
    let asymmetric = try error(.asymmetric(calibration.asymmetric), calibration.asymmetric)
    #expect(asymmetric < other, "\(entry.method.name): \(asymmetric) against \(other)")
  }

  @Test("Fitted on few rows, a dense layer is nearer on others than with a small ridge", arguments: [1, 2, 3])
  func fewRows(seed: UInt64) throws {
    let kernel = KernelCase(name: "dense", shape: [60, 120]).kernel(seed: seed)
    var random = SeededGenerator(seed: seed)
    // Inputs of a spectrum that falls slowly, in directions of their own.
    let mixing = Matrix((0..<120 * 120).map { _ in random.normal() / 11 }, rows: 120, columns: 120)
    func moments(rows: Int) -> Moments {
      let plain = Matrix((0..<rows * 120).map { random.normal() / (1 + 0.05 * Double($0 % 120)) }, rows: rows, columns: 120)
      var patches = SecondMoment(size: 120)
      patches.add((plain * mixing).elements)
      return Moments(patches: [patches], kernel: kernel)
    }
    let (few, many) = (moments(rows: 40), moments(rows: 4000))
    func error(_ options: SolverOptions) throws -> Double {
      try FullyConnectedMethod().factorize(kernel, rank: Rank(36), criterion: .data(few), options: options)
        .responseError(replacing: kernel, moments: many)
    }
    let (given, own) = (try error(SolverOptions(ridge: 1e-2)), try error(SolverOptions()))
    #expect(own < 0.95 * given, "\(own) against \(given)")
  }

  @Test("The bias keeps the mean response")
  func meanIsKept() throws {
    let calibration = Calibration(kernel)
    let form = try SpatialMethod().factorize(kernel, rank: Rank(4), criterion: .asymmetric(calibration.asymmetric))
    let dense = form.reconstructed()
    for output in 0..<kernel.outputs {
      var difference = 0.0
      for (patch, response) in calibration.rows {
        let sum = (0..<72).reduce(0.0) { $0 + Double(dense[output * 72 + $1]) * patch[$1] }
        difference += response[output] - sum - Double(form.factors[1].bias?[output] ?? 0)
      }
      #expect(abs(difference) / Double(calibration.rows.count) < 1e-4)
    }
  }

  @Test("Moments of another layer are refused")
  func foreignMoments() throws {
    let other = KernelCase(name: "other", shape: [10, 7, 3, 3]).kernel()
    let moments = Calibration(other).data
    let error = #expect(throws: DecompositionError.self) {
      try SpatialMethod().factorize(kernel, rank: Rank(4), criterion: .data(moments))
    }
    #expect(error?.code == .momentsMismatch)
  }

  @Test("NaN weights are refused, not returned")
  func notANumber() throws {
    var weights = kernel.weights
    weights[17] = .nan
    let broken = ConvolutionKernel(weights: weights, shape: kernel.shape)
    for method in MethodRegistry.all where method.applicability(to: broken) == .applicable {
      let error = #expect(throws: DecompositionError.self) {
        try method.factorize(broken, rank: Rank(method.fullRank(for: broken).values.map { _ in 2 }))
      }
      #expect(error?.code == .numerical)
    }
  }

  @Test("A kernel of zeros is factorized to zeros", arguments: MethodCase.all)
  func zeros(_ entry: MethodCase) throws {
    let kernel = entry.kernel(like: KernelCase(name: "3×3", shape: [6, 4, 3, 3]).kernel())
    let rank = Rank(entry.method.fullRank(for: kernel).values.map { _ in 2 })
    let form = try entry.method.factorize(kernel.replacing(weights: kernel.weights.map { _ in 0 }, bias: nil), rank: rank)
    #expect(form.factors.allSatisfy { $0.weights.allSatisfy(\.isFinite) })
    #expect(form.reconstructed().allSatisfy { $0 == 0 })
  }
}
