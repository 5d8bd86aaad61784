import KerfGraph

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// `xʸ` by the C library.
func power(_ x: Double, _ y: Double) -> Double { pow(x, y) }

extension UnaryMath.Function {
  /// The function by the C library in float64, whose rounding to float32 is right to the last bit but in rare ties;
  /// `nil` for the functions that are written in Swift.
  var platformFunction: ((Double) -> Double)? {
    switch self {
    case .exp: cExp
    case .log: cLog
    case .sin: cSin
    case .cos: cCos
    case .tan: cTan
    case .asin: cAsin
    case .acos: cAcos
    case .atan: cAtan
    case .sinh: cSinh
    case .cosh: cCosh
    case .asinh: cAsinh
    case .acosh: cAcosh
    case .atanh: cAtanh
    default: nil
    }
  }
}

extension Reduce.Reduction {
  /// What is done to the sum of the transformed elements: `√`, `ln`, or nothing.
  func finish(_ sum: Double) -> Double {
    switch self {
    case .l2: sum.squareRoot()
    case .logSum, .logSumExp: cLog(sum)
    default: sum
    }
  }

  /// `eˣ` for `ReduceLogSumExp`.
  func exponential(_ x: Double) -> Double { cExp(x) }
}

// C's functions: inside the extensions above, cases of the same name would hide them.
private func cExp(_ x: Double) -> Double { exp(x) }
private func cLog(_ x: Double) -> Double { log(x) }
private func cSin(_ x: Double) -> Double { sin(x) }
private func cCos(_ x: Double) -> Double { cos(x) }
private func cTan(_ x: Double) -> Double { tan(x) }
private func cAsin(_ x: Double) -> Double { asin(x) }
private func cAcos(_ x: Double) -> Double { acos(x) }
private func cAtan(_ x: Double) -> Double { atan(x) }
private func cSinh(_ x: Double) -> Double { sinh(x) }
private func cCosh(_ x: Double) -> Double { cosh(x) }
private func cAsinh(_ x: Double) -> Double { asinh(x) }
private func cAcosh(_ x: Double) -> Double { acosh(x) }
private func cAtanh(_ x: Double) -> Double { atanh(x) }
