import KerfGraph

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// The real types that reference implementations compute in. Half types are widened to `Float` and narrowed again.
protocol RealElement: BinaryFloatingPoint, Multipliable {
  static var type: ElementType { get }
  static func storage(_ elements: [Self]) -> Tensor.Storage
  /// The elements of a real tensor in this type, or `nil` for integers, booleans and strings.
  static func elements(of tensor: Tensor) -> [Self]?
  static func exp(_ x: Self) -> Self
  static func expm1(_ x: Self) -> Self
  static func log(_ x: Self) -> Self
  static func log1p(_ x: Self) -> Self
  static func tanh(_ x: Self) -> Self
  static func erf(_ x: Self) -> Self
  static func pow(_ x: Self, _ y: Self) -> Self
}

extension Float: RealElement {
  static var type: ElementType { .float }
  static func storage(_ elements: [Float]) -> Tensor.Storage { .float(elements) }
  static func elements(of tensor: Tensor) -> [Float]? {
    switch tensor.storage {
    case .float(let e): e
    case .double, .float16, .bfloat16: tensor.floats()
    default: nil
    }
  }
  static func exp(_ x: Float) -> Float { expf(x) }
  static func expm1(_ x: Float) -> Float { expm1f(x) }
  static func log(_ x: Float) -> Float { logf(x) }
  static func log1p(_ x: Float) -> Float { log1pf(x) }
  static func tanh(_ x: Float) -> Float { tanhf(x) }
  static func erf(_ x: Float) -> Float { erff(x) }
  static func pow(_ x: Float, _ y: Float) -> Float { powf(x, y) }
}

extension Double: RealElement {
  static var type: ElementType { .double }
  static func storage(_ elements: [Double]) -> Tensor.Storage { .double(elements) }
  static func elements(of tensor: Tensor) -> [Double]? {
    switch tensor.storage {
    case .double(let e): e
    case .float, .float16, .bfloat16: tensor.floats()?.map { Double($0) }
    default: nil
    }
  }
  static func exp(_ x: Double) -> Double { cExp(x) }
  static func expm1(_ x: Double) -> Double { cExpm1(x) }
  static func log(_ x: Double) -> Double { cLog(x) }
  static func log1p(_ x: Double) -> Double { cLog1p(x) }
  static func tanh(_ x: Double) -> Double { cTanh(x) }
  static func erf(_ x: Double) -> Double { cErf(x) }
  static func pow(_ x: Double, _ y: Double) -> Double { cPow(x, y) }
}

// C's functions of `Double`: inside the extension above, `Double`'s own of the same name would hide them.
private func cExp(_ x: Double) -> Double { exp(x) }
private func cExpm1(_ x: Double) -> Double { expm1(x) }
private func cLog(_ x: Double) -> Double { log(x) }
private func cLog1p(_ x: Double) -> Double { log1p(x) }
private func cTanh(_ x: Double) -> Double { tanh(x) }
private func cErf(_ x: Double) -> Double { erf(x) }
private func cPow(_ x: Double, _ y: Double) -> Double { pow(x, y) }
