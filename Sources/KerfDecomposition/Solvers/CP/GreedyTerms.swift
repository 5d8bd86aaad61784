import KerfAlgebra

/// One rank-1 term at a time, each the best (by the higher-order power method) for what those before it leave over.
///
/// Without the joint polish that `als`, started from these terms, would give: cheap, never degenerate, and never optimal for more than one term.
///
/// - Reference: Denton et al., NIPS 2014, §3.1.
struct GreedyTerms: CPSolver {
  static let name = "greedy"
  static let summary = "one rank-1 term at a time on what is left"
  static let trial: Int? = nil
  static let patience = 1

  /// Sweeps for one term, at most.
  private static let sweeps = 40

  func improve(
    _ start: CPFactors, of tensor: CPTensor, steps: Range<Int>, penalty: Double, options: SolverOptions
  ) throws(AlgebraError) -> CPState {
    let output = start.output.transposed
    let old = (0..<start.rank).prefix { k in output.elements[k * output.columns..<(k + 1) * output.columns].contains { $0 != 0 } }.count
    var rows = start.modes.map { $0.rowSlice(0..<old) }
    for term in old..<start.rank {
      let known = old == 0 && term == 0 ? nil : CPFactors(modes: rows)
      let added = try self.term(tensor, beside: known, from: start.modes.map { $0.rowSlice(term..<term + 1) })
      rows = zip(rows, added).map { Matrix($0.elements + $1.elements, rows: $0.rows + 1, columns: $0.columns) }
    }
    let factors = CPFactors(modes: rows)
    return CPState(factors: factors, error: tensor.error(factors))
  }

  /// The best rank-1 term of `T − [[known]]`: every vector in turn is the residual's product with the others.
  private func term(_ tensor: CPTensor, beside known: CPFactors?, from start: [Matrix]) throws(AlgebraError) -> [Matrix] {
    let modes = known?.modes ?? []
    var vectors = start
    // A new term's output vector is zero: begin with what the others make of the residual.
    var last = 0.0
    for sweep in 0..<Self.sweeps {
      var energy = 0.0
      for m in [vectors.count - 1] + Array(0..<vectors.count - 1) {
        var product = tensor.products(CPFactors(modes: vectors))[m]
        if known != nil {
          let overlap = modes.indices.filter { $0 != m }
            .reduce(Matrix(Array(repeating: 1, count: modes[0].rows), rows: 1, columns: modes[0].rows)) {
              $0.hadamard(vectors[$1].timesTransposed(modes[$1]))
            }
          product.multiplyAdd(overlap.block, modes[m].block, scale: -1)
        }
        let others = vectors.indices.filter { $0 != m }.reduce(1.0) { $0 * vectors[$1].squaredNorm }
        guard others > 0 else { return vectors.map { Matrix.zeros($0.rows, $0.columns) } }
        vectors[m] = (1 / others) * product
        energy = vectors[m].squaredNorm * others
      }
      if sweep > 0, energy - last <= 1e-4 * energy { break }
      last = energy
    }
    return CPFactors(modes: vectors).balanced.modes
  }
}
