import KerfGraph

extension VariadicArithmetic: ReferenceOperator {
  public func evaluate(_ inputs: [Tensor?], count: Int) throws(EngineError) -> [Tensor] {
    var result = try inputs.operand(0)
    for i in inputs.indices.dropFirst() {
      let next = try inputs.operand(i)
      let walk = try BroadcastWalk(result.shape, next.shape)
      result = try Kernel(operation: operation, walk: walk)([result, next], shape: walk.shape)
    }
    return [operation == .mean ? try Quotient(divisor: inputs.count)([result], shape: result.shape) : result]
  }

  private struct Kernel: ElementKernel {
    let operation: Operation
    let walk: BroadcastWalk

    func integers<T: FixedWidthInteger & Sendable>(_ operands: [[T]]) -> [T]? {
      let f: (T, T) -> T =
        switch operation {
        case .min: { Swift.min($0, $1) }
        case .max: { Swift.max($0, $1) }
        case .sum, .mean: { $0 &+ $1 }
        }
      return walk.mapIndirectly(operands[0], operands[1], f)
    }

    func reals<T: BinaryFloatingPoint & Sendable>(_ operands: [[T]]) -> [T]? {
      let (a, b) = (operands[0], operands[1])
      // Both comparisons are false for a NaN on the left, which then wins; one on the right must be asked for.
      return switch operation {
      case .min: walk.map(a, b) { $1 < $0 || $1 != $1 ? $1 : $0 }
      case .max: walk.map(a, b) { $1 > $0 || $1 != $1 ? $1 : $0 }
      case .sum, .mean: walk.map(a, b) { $0 + $1 }
      }
    }
  }

  /// `y = x / n`
  private struct Quotient: ElementKernel {
    let divisor: Int

    func integers<T: FixedWidthInteger & Sendable>(_ operands: [[T]]) -> [T]? {
      T(exactly: divisor).map { n in operands[0].map { $0 / n } }
    }

    func reals<T: BinaryFloatingPoint & Sendable>(_ operands: [[T]]) -> [T]? {
      let n = T(divisor)
      return operands[0].map { $0 / n }
    }
  }
}
