import KerfGraph

extension Logic: ReferenceOperator {
  public func evaluate(_ inputs: [Tensor?], count: Int) throws(EngineError) -> [Tensor] {
    let a = try inputs.operand(0)
    let b = connective == .not ? a : try inputs.operand(1)
    guard case .bool(let x) = a.storage, case .bool(let y) = b.storage else {
      throw EngineError(.unsupported, "\(a.type) and \(b.type) instead of booleans")
    }
    if connective == .not { return [Tensor(x.map { !$0 }, shape: a.shape)] }
    let walk = try BroadcastWalk(a.shape, b.shape)
    let f: (Bool, Bool) -> Bool =
      switch connective {
      case .and: { $0 && $1 }
      case .or: { $0 || $1 }
      case .xor, .not: { $0 != $1 }
      }
    return [Tensor(walk.mapIndirectly(x, y, f), shape: walk.shape)]
  }
}

extension FloatTest: ReferenceOperator {
  public func evaluate(_ inputs: [Tensor?], count: Int) throws(EngineError) -> [Tensor] {
    let x = try inputs.operand(0)
    guard let numbers = x.doubles() else { throw EngineError(.unsupported, "\(x.type) is no float") }
    let found = numbers.map { findsNaN ? $0.isNaN : $0.isInfinite && ($0 < 0 ? findsNegative : findsPositive) }
    return [Tensor(found, shape: x.shape)]
  }
}
