import KerfAlgebra

/// Canonical polyadic decomposition by alternating least squares on the HOSVD-compressed tensor.
///
/// Each factor solves its normal equations: the MTTKRP (matricised tensor times Khatri-Rao product, here a GEMM followed by a
/// contraction over the small spatial modes, so that no Khatri-Rao product over the channels is formed) times the inverse of the
/// Hadamard product of the other factors' Gram matrices. A proximal Tikhonov term `μ‖X − X_old‖²` that shrinks over the sweeps
/// keeps columns from diverging while they are nearly collinear, a small penalty on the squared norms of the terms keeps the limit
/// bounded; after each sweep the factors are extrapolated along the last
/// step, and an extrapolation that raised the error is undone. Several starts run a short while, the best one to the end.
///
/// - Reference: Kolda & Bader, SIAM Review 2009, §3.4; Ang et al., *Accelerating block coordinate descent methods for tensor
///   factorization by extrapolation*, 2020.
struct CPAlternatingLeastSquares {
  /// `[n × (c, p…)]`.
  let target: Matrix
  let channels: Int
  let modes: [Int]
  let rank: Int

  private struct State {
    var factors: CPFactors
    /// `‖T − Ŵ‖² + μ Σ_k ‖term_k‖²`.
    var error: Double
  }

  func solve(options: SolverOptions, stream: UInt64, start: CPFactors? = nil) throws(AlgebraError) -> CPFactors {
    let total = target.squaredNorm
    let taps = modes.reduce(1, *)
    let n = target.rows
    // HOSVD compression of the two channel modes; only directions without energy are dropped, so nothing is lost.
    let tensor = DenseTensor(target.elements, shape: [n, channels, taps])
    let output = try basis(tensor.unfolded(0), total: total)
    let input = try basis(tensor.unfolded(1), total: total)
    let core = tensor.modeProduct(output, mode: 0).modeProduct(input, mode: 1)
    let work = CPWork(core: core, modes: modes)

    var generator = SeededGenerator(seed: options.seed &+ stream &* 0x9E37_79B9)
    var starts: [CPFactors] = []
    if let start {
      let grown = extended(
        CPFactors(input: start.input.timesTransposed(input), spatial: start.spatial, output: output * start.output),
        generator: &generator)
      starts.append(grown)
    }
    starts.append(try hosvdStart(work, generator: &generator))
    for _ in 0..<options.randomStarts { starts.append(randomStart(work, generator: &generator)) }

    var best: State?
    let trial = min(30, options.cpSweeps)
    for start in starts {
      let state = try iterate(work, from: start, total: total, sweeps: trial, first: 0, penalty: options.cpTermPenalty)
      if state.error < best?.error ?? .infinity { best = state }
    }
    guard var best else { return starts[0] }
    // An exact decomposition needs no penalty and would be biased by it: it fades with the error that is left.
    let left = max(0, best.error - options.cpTermPenalty * best.factors.output.squaredNorm) / max(total, .leastNormalMagnitude)
    let penalty = options.cpTermPenalty * min(1, 10 * left)
    if trial < options.cpSweeps {
      best = try iterate(
        work, from: best.factors, total: total, sweeps: options.cpSweeps - trial, first: trial, penalty: penalty)
    }
    return CPFactors(
      input: best.factors.input * input, spatial: best.factors.spatial, output: output.transposedTimes(best.factors.output))
  }

  /// Orthonormal rows spanning the columns of an unfolding, without directions of less than 1e-14 of the energy.
  private func basis(_ unfolding: Matrix, total: Double) throws(AlgebraError) -> Matrix {
    let eigen = try SymmetricEigen(unfolding.timesTransposed(unfolding).symmetrized)
    let kept = eigen.values.prefix { $0 > 1e-14 * total }.count
    return eigen.vectors.rowSlice(0..<max(1, kept))
  }

  /// The leading vectors are the first unit vectors of the compressed modes; what is missing up to `K` is random.
  private func hosvdStart(_ work: CPWork, generator: inout SeededGenerator) throws(AlgebraError) -> CPFactors {
    var factors = randomStart(work, generator: &generator)
    for k in 0..<min(rank, work.inputs) {
      for c in 0..<work.inputs { factors.input[k, c] = c == k ? 1 : 0 }
    }
    return factors
  }

  private func randomStart(_ work: CPWork, generator: inout SeededGenerator) -> CPFactors {
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

  private func iterate(
    _ work: CPWork, from start: CPFactors, total: Double, sweeps: Int, first: Int, penalty: Double
  ) throws(AlgebraError) -> State {
    var current = start
    var best: State?
    var previous: CPFactors?
    var momentum = 0.3
    var quiet = 0
    for sweep in 0..<sweeps {
      let damping = max(1e-12, 1e-3 * power(0.8, Double(first + sweep)))
      let error = try work.sweep(&current, total: total, damping: damping, penalty: penalty)
      current.normalize()
      guard let last = best else {
        (best, previous) = (State(factors: current, error: error), current)
        continue
      }
      if error.isFinite, error <= last.error {
        let gain = (last.error - error) / max(last.error, .leastNormalMagnitude)
        best = State(factors: current, error: error)
        momentum = min(0.95, momentum * 1.1)
        quiet = gain < 1e-6 ? quiet + 1 : 0
        if quiet >= 3 || error <= 1e-15 * total { break }
        if let previous { extrapolate(&current, from: previous, by: momentum) }
        previous = best?.factors
      } else {
        // The extrapolation overshot: fall back to the best factors and take a plain step.
        current = last.factors
        momentum = max(0.05, momentum * 0.5)
        quiet += 1
        if quiet >= 8 { break }
        previous = last.factors
      }
    }
    return best ?? State(factors: start, error: total)
  }

  private func extrapolate(_ factors: inout CPFactors, from previous: CPFactors, by step: Double) {
    factors.input.add(step, factors.input - previous.input)
    for mode in factors.spatial.indices { factors.spatial[mode].add(step, factors.spatial[mode] - previous.spatial[mode]) }
    factors.output.add(step, factors.output - previous.output)
  }
}
