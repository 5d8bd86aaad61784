import KerfAlgebra

/// The canonical polyadic decomposition of one kernel, by any solver: compresses, starts, chooses the best start, corrects, expands.
struct CPFit {
  /// `[n × (c, p…)]`.
  let target: Matrix
  let channels: Int
  let modes: [Int]
  let rank: Int

  func solve(options: SolverOptions, stream: UInt64, start: CPFactors? = nil) throws(AlgebraError) -> CPFactors {
    let taps = modes.reduce(1, *)
    // HOSVD compression of the two channel modes; only directions without energy are dropped, so nothing is lost.
    let tensor = DenseTensor(target.elements, shape: [target.rows, channels, taps])
    let total = target.squaredNorm
    let output = try basis(tensor.unfolded(0), total: total)
    let input = try basis(tensor.unfolded(1), total: total)
    let work = CPTensor(core: tensor.modeProduct(output, mode: 0).modeProduct(input, mode: 1), modes: modes)

    let smaller = start.map {
      CPFactors(input: $0.input.timesTransposed(input), spatial: $0.spatial, output: output * $0.output)
    }
    var factors = try solve(work, options: options, stream: stream, smaller: smaller)
    if let goal = options.cpCorrection {
      factors = try ErrorPreservingCorrection(goal: goal, sizes: [channels] + modes + [target.rows]).improve(factors, of: work)
    }
    return CPFactors(
      input: factors.input * input, spatial: factors.spatial, output: output.transposedTimes(factors.output))
  }

  private func solve(_ work: CPTensor, options: SolverOptions, stream: UInt64, smaller: CPFactors?) throws(AlgebraError) -> CPFactors {
    let solver = options.cpSolver.flatMap { try? CPSolverRegistry.solver(named: $0) } ?? AlternatingLeastSquares()
    var generator = SeededGenerator(seed: options.seed &+ stream &* 0x9E37_79B9)
    var starts: [CPFactors] = []
    if let smaller { starts.append(extended(smaller, generator: &generator)) }
    starts.append(hosvdStart(work, generator: &generator))
    let most = options.cpSweeps ?? 300 * max(1, min(type(of: solver).patience, spare))
    let trial = type(of: solver).trial.map { min($0, most) }
    if trial != nil { for _ in 0..<randomStarts(options) { starts.append(randomStart(work, generator: &generator)) } }

    var best: CPState?
    for start in starts {
      let state = try solver.improve(
        start, of: work, steps: 0..<(trial ?? most), penalty: options.cpTermPenalty, options: options)
      if state.error < best?.error ?? .infinity { best = state }
    }
    guard let best else { return starts[0] }
    guard let trial, trial < most else { return best.factors }
    // An exact decomposition needs no penalty and would be biased by it: it fades with the error that is left.
    let left = max(0, work.error(best.factors)) / max(work.total, .leastNormalMagnitude)
    let penalty = options.cpTermPenalty * min(1, 10 * left)
    return try solver.improve(best.factors, of: work, steps: trial..<most, penalty: penalty, options: options).factors
  }

  /// How many times the usual work a small tensor may take; 0 for large ones.
  private var spare: Int { 6_000_000 / max(1, rank * target.elements.count) }

  /// Where a sweep costs little, more starts: local minima are what is left to lose there.
  private func randomStarts(_ options: SolverOptions) -> Int { options.randomStarts == 0 ? 0 : options.randomStarts + min(8, spare) }

  /// Orthonormal rows spanning the columns of an unfolding, without directions of less than 1e-14 of the energy.
  private func basis(_ unfolding: Matrix, total: Double) throws(AlgebraError) -> Matrix {
    let eigen = try SymmetricEigen(unfolding.timesTransposed(unfolding).symmetrized)
    let kept = eigen.values.prefix { $0 > 1e-14 * total }.count
    return eigen.vectors.rowSlice(0..<max(1, kept))
  }

  /// The leading vectors are the first unit vectors of the compressed modes; what is missing up to `K` is random.
  private func hosvdStart(_ work: CPTensor, generator: inout SeededGenerator) -> CPFactors {
    var factors = randomStart(work, generator: &generator)
    for k in 0..<min(rank, work.inputs) {
      for c in 0..<work.inputs { factors.input[k, c] = c == k ? 1 : 0 }
    }
    return factors
  }

  private func randomStart(_ work: CPTensor, generator: inout SeededGenerator) -> CPFactors {
    CPFactors(
      input: generator.normalMatrix(rank, work.inputs), spatial: modes.map { generator.normalMatrix(rank, $0) },
      output: .zeros(work.outputs, rank))
  }

  /// A smaller solution with random terms added; their output vectors start at zero.
  private func extended(_ smaller: CPFactors, generator: inout SeededGenerator) -> CPFactors {
    let extra = max(0, rank - smaller.rank)
    func grown(_ matrix: Matrix) -> Matrix {
      let added = generator.normalMatrix(extra, matrix.columns)
      return Matrix(matrix.elements + added.elements, rows: matrix.rows + extra, columns: matrix.columns)
    }
    let output = smaller.output.transposed
    let zeros = [Double](repeating: 0, count: extra * output.columns)
    return CPFactors(
      input: grown(smaller.input), spatial: smaller.spatial.map(grown),
      output: Matrix(output.elements + zeros, rows: rank, columns: output.columns).transposed)
  }
}
