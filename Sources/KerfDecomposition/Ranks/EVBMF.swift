#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// The analytic solution of empirical variational Bayesian matrix factorization: how many singular values of a matrix stand out of noise.
///
/// For an `L × M` matrix, `L ≤ M`, `α = L/M`, `τ̄ ≈ 2.5129 √α`, `x̄ = (1 + τ̄)(1 + α/τ̄)`, component `h` is kept iff `γ_h > σ √(M x̄)`; the noise `σ²`
/// minimises `Ω = Σ_h [x_h − ln x_h + 1(x_h > x̄) ψ₁(x_h)]`, `x_h = γ_h²/(Mσ²)`, `ψ₁ = ln(τ + 1) + α ln(τ/α + 1) − τ`,
/// `τ = ½(x − (1 + α) + √((x − (1 + α))² − 4α))`.
///
/// A start, not a judge: unfoldings of trained kernels are of nearly full rank, and there it takes signal for noise.
///
/// - Reference: Nakajima, Sugiyama, Babacan & Tomioka, JMLR 2013.
public struct EVBMF: Sendable, Equatable {
  /// Singular values above the noise; may be 0.
  public let rank: Int
  /// `σ²`
  public let noise: Double

  /// - Parameters:
  ///   - values: singular values, descending, as many as the shorter side.
  ///   - rows, columns: of the matrix, in any order.
  public init(singularValues values: [Double], rows: Int, columns: Int) {
    let (l, m) = (min(rows, columns), max(rows, columns))
    let squares = values.prefix(l).map { $0 * $0 }
    let total = squares.reduce(0, +)
    guard l > 0, total > 0, total.isFinite else {
      (rank, noise) = (0, 0)
      return
    }
    let alpha = Double(l) / Double(m)
    let edge = 2.5129 * alpha.squareRoot()
    let limit = (1 + edge) * (1 + alpha / edge)
    func cost(_ noise: Double) -> Double {
      squares.reduce(0) { sum, square in
        let x = square / (Double(m) * noise)
        guard x > 0 else { return sum }
        var value = x - log(x)
        if x > limit {
          let shifted = x - (1 + alpha)
          let tau = 0.5 * (shifted + max(0, shifted * shifted - 4 * alpha).squareRoot())
          value += log(tau + 1) + alpha * log(tau / alpha + 1) - tau
        }
        return sum + value
      }
    }
    // Bounds of the noise: all is noise, or the most that can be signal is.
    let most = min(l - 1, max(0, Int((Double(l) / (1 + alpha)).rounded(.up)) - 1))
    let rest = squares[most...].reduce(0, +)
    let upper = total / Double(l * m)
    let lower = max(squares[most] / (Double(m) * limit), rest / Double(m * (l - most)), 1e-12 * upper)
    let steps = 256
    let places = (0...steps).map { lower * pow(upper / lower, Double($0) / Double(steps)) }
    let best = places.indices.min { cost(places[$0]) < cost(places[$1]) } ?? 0
    // Golden section between the neighbours of the best place.
    var (low, high) = (places[max(0, best - 1)], places[min(steps, best + 1)])
    let share = (5.0.squareRoot() - 1) / 2
    for _ in 0..<60 {
      let (a, b) = (high - share * (high - low), low + share * (high - low))
      if cost(a) < cost(b) { high = b } else { low = a }
    }
    let noise = 0.5 * (low + high)
    self.noise = noise
    rank = squares.count { $0 > noise * Double(m) * limit }
  }
}
