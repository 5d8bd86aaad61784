import KerfGraph

extension Comparison: ReferenceOperator {
  public func evaluate(_ inputs: [Tensor?], count: Int) throws(EngineError) -> [Tensor] {
    let (a, b) = (try inputs.operand(0), try inputs.operand(1))
    let walk = try BroadcastWalk(a.shape, b.shape)
    return [Tensor(try Kernel(relation: relation, walk: walk).compare([a, b]), shape: walk.shape)]
  }

  private struct Kernel: OrderKernel {
    let relation: Relation
    let walk: BroadcastWalk

    func callAsFunction<T: Comparable & Sendable>(_ operands: [[T]]) -> [Bool] {
      let f: (T, T) -> Bool =
        switch relation {
        case .equal: { $0 == $1 }
        case .greater: { $0 > $1 }
        case .less: { $0 < $1 }
        case .greaterOrEqual: { $0 >= $1 }
        case .lessOrEqual: { $0 <= $1 }
        }
      return walk.mapIndirectly(operands[0], operands[1], f)
    }
  }
}
