import KerfGraph

extension BinaryArithmetic: ReferenceOperator {
  public func evaluate(_ inputs: [Tensor?], count: Int) throws(EngineError) -> [Tensor] {
    let (a, b) = (try inputs.operand(0), try inputs.operand(1))
    let walk = try BroadcastWalk(a.shape, b.shape)
    if operation == .pow, a.type != b.type {
      // Base and exponent of different types meet in float64; the result has the base's type.
      guard let x = a.doubles(), let y = b.doubles() else { throw EngineError(.unsupported, "\(a.type) to the power of \(b.type)") }
      let powers = Tensor(shape: walk.shape, storage: .double(walk.mapIndirectly(x, y) { power($0, $1) }))
      return [try EngineError.from { () throws(GraphError) in try powers.converted(to: a.type, node: "") }]
    }
    if operation == .div || operation == .mod, let divisors = b.integers(), divisors.contains(0) {
      throw EngineError(.shape, "integer division by 0")
    }
    return [try Kernel(operation: operation, truncates: truncates, walk: walk)([a, b], shape: walk.shape)]
  }

  private struct Kernel: ElementKernel {
    let operation: Operation
    let truncates: Bool
    let walk: BroadcastWalk

    func integers<T: FixedWidthInteger & Sendable>(_ operands: [[T]]) -> [T]? {
      let (a, b) = (operands[0], operands[1])
      let truncates = truncates
      let f: (T, T) -> T =
        switch operation {
        case .add: { $0 &+ $1 }
        case .sub: { $0 &- $1 }
        case .mul: { $0 &* $1 }
        case .div: { $0.dividedReportingOverflow(by: $1).partialValue }
        case .mod:
          { x, y in
            let rest = x.remainderReportingOverflow(dividingBy: y).partialValue
            return !truncates && rest != 0 && (rest < 0) != (y < 0) ? rest &+ y : rest
          }
        case .pow: { wholePower($0, $1) }
        case .bitwiseAnd: { $0 & $1 }
        case .bitwiseOr: { $0 | $1 }
        case .bitwiseXor: { $0 ^ $1 }
        }
      return walk.mapIndirectly(a, b, f)
    }

    func reals<T: BinaryFloatingPoint & Sendable>(_ operands: [[T]]) -> [T]? {
      let (a, b) = (operands[0], operands[1])
      switch operation {
      case .add: return walk.map(a, b) { $0 + $1 }
      case .sub: return walk.map(a, b) { $0 - $1 }
      case .mul: return walk.map(a, b) { $0 * $1 }
      case .div: return walk.map(a, b) { $0 / $1 }
      case .pow:
        return b.count == 1 && b[0] == 2 ? walk.map(a, b) { x, _ in x * x } : walk.mapIndirectly(a, b) { T(power(Double($0), Double($1))) }
      case .mod:
        let truncates = truncates
        return walk.mapIndirectly(a, b) { x, y in
          let rest = x.truncatingRemainder(dividingBy: y)
          return !truncates && rest != 0 && (rest < 0) != (y < 0) ? rest + y : rest
        }
      case .bitwiseAnd, .bitwiseOr, .bitwiseXor: return nil
      }
    }
  }
}

/// `xʸ` by squaring, low bits kept; of a negative `y` the whole part of `1 / x^−y`.
private func wholePower<T: FixedWidthInteger>(_ x: T, _ y: T) -> T {
  if y < 0 { return x == 1 ? 1 : x == 0 &- 1 ? (y & 1 == 0 ? 1 : x) : 0 }
  var (base, exponent, result) = (x, y, 1 as T)
  while exponent > 0 {
    if exponent & 1 == 1 { result = result &* base }
    base = base &* base
    exponent >>= 1
  }
  return result
}
