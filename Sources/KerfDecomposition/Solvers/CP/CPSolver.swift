import KerfAlgebra

/// Factors on the way, and what they are worth.
struct CPState: Sendable {
  var factors: CPFactors
  /// `‖T − Ŵ‖² + μ Σ_k ‖term_k‖²`.
  var error: Double
}

/// One way to find the factors of a canonical polyadic decomposition. One file a solver, one line in `CPSolverRegistry`.
protocol CPSolver: Sendable {
  /// The name on the command line and in reports, `"als"`.
  static var name: String { get }
  static var summary: String { get }
  /// Steps that every start gets before the best of them goes on; `nil`: one start is enough.
  static var trial: Int? { get }

  /// How many times the usual steps it may take where a step costs little, for columns that are nearly collinear.
  static var patience: Int { get }

  /// Goes on from `start`; the error never rises above the start's. Terms whose output vectors are zero are new.
  ///
  /// - Parameters:
  ///   - steps: the numbers of the steps to take at most; 0 is the first one since the start.
  ///   - penalty: `μ`, the weight of the squared norms of the terms, for solvers that can have one.
  func improve(
    _ start: CPFactors, of tensor: CPTensor, steps: Range<Int>, penalty: Double, options: SolverOptions
  ) throws(AlgebraError) -> CPState
}

/// The one list of CP solvers.
public enum CPSolverRegistry {
  static let all: [any CPSolver] = [
    AlternatingLeastSquares(), NonlinearLeastSquares(), NonlinearConjugateGradients(), GreedyTerms(),
  ]

  /// Name and summary of each.
  public static var list: [(name: String, summary: String)] { all.map { (type(of: $0).name, type(of: $0).summary) } }

  /// - Throws: `DecompositionError.unknownMethod`, with the names there are.
  public static func check(_ name: String) throws(DecompositionError) { _ = try solver(named: name) }

  static func solver(named name: String) throws(DecompositionError) -> any CPSolver {
    guard let solver = all.first(where: { type(of: $0).name == name }) else {
      throw DecompositionError(
        .unknownMethod, method: name, "no such solver of CP; there are \(list.map(\.name).joined(separator: ", "))")
    }
    return solver
  }
}
