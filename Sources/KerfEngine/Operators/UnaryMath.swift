import KerfGraph

extension UnaryMath: ReferenceOperator {
  public func evaluate(_ inputs: [Tensor?], count: Int) throws(EngineError) -> [Tensor] {
    let x = try inputs.operand(0)
    return [try Kernel(function: function)([x], shape: x.shape)]
  }

  private struct Kernel: ElementKernel {
    let function: Function

    func integers<T: FixedWidthInteger & Sendable>(_ operands: [[T]]) -> [T]? {
      let x = operands[0]
      return switch function {
      case .abs: x.map { $0 < 0 ? 0 &- $0 : $0 }
      case .neg: x.map { 0 &- $0 }
      case .sign: x.map { $0.signum() }
      case .bitwiseNot: x.map { ~$0 }
      default: nil
      }
    }

    func reals<T: BinaryFloatingPoint & Sendable>(_ operands: [[T]]) -> [T]? {
      let x = operands[0]
      switch function {
      case .abs: return x.map { $0.magnitude }
      case .neg: return x.map { -$0 }
      case .sign: return x.map { $0 > 0 ? 1 : $0 < 0 ? -1 : $0 }
      case .floor: return x.map { $0.rounded(.down) }
      case .ceil: return x.map { $0.rounded(.up) }
      case .round: return x.map { $0.rounded(.toNearestOrEven) }
      case .reciprocal: return x.map { 1 / $0 }
      case .sqrt: return x.map { $0.squareRoot() }
      case .bitwiseNot: return nil
      default: return function.platformFunction.map { f in x.map { T(f(Double($0))) } }
      }
    }
  }
}
