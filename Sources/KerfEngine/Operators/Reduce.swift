import KerfGraph

extension Reduce: ReferenceOperator {
  public func evaluate(_ inputs: [Tensor?], count: Int) throws(EngineError) -> [Tensor] {
    let x = try inputs.operand(0)
    let plan = try EngineError.from { () throws(GraphError) in
      let plan = try self.plan(inputs)
      _ = try Extents.count(plan.shape, node: "")
      return plan
    }
    let offsets = x.axisOffsets
    let kernel = Kernel(
      reduction: reduction, kept: Self.offsets(x.shape.indices.filter { !plan.axes.contains($0) }.map { offsets[$0] }),
      reduced: Self.offsets(plan.axes.map { offsets[$0] }))
    if case .bool(let elements) = x.storage {
      let numbers = Tensor(shape: x.shape, storage: .uint8(elements.map { $0 ? 1 : 0 }))
      let result = try kernel([numbers], shape: plan.shape)
      return [Tensor((result.integers() ?? []).map { $0 == 1 }, shape: plan.shape)]
    }
    return [try kernel([x], shape: plan.shape)]
  }

  /// All sums of one offset from each axis, row-major.
  private static func offsets(_ axes: [[Int]]) -> [Int] {
    axes.reduce([0]) { all, axis in all.flatMap { base in axis.map { base + $0 } } }
  }

  /// `y[j] = R over k of x[kept[j] + reduced[k]]`
  private struct Kernel: ElementKernel {
    let reduction: Reduction
    let kept: [Int]
    let reduced: [Int]

    private func fold<T, A>(_ x: [T], _ start: A, _ step: (A, T) -> A) -> [A] {
      kept.map { base in
        var total = start
        for offset in reduced { total = step(total, x[base + offset]) }
        return total
      }
    }

    func integers<T: FixedWidthInteger & Sendable>(_ operands: [[T]]) -> [T]? {
      let x = operands[0]
      switch reduction {
      case .sum: return fold(x, 0) { $0 &+ $1 }
      case .prod: return fold(x, 1) { $0 &* $1 }
      case .max: return fold(x, T.min) { Swift.max($0, $1) }
      case .min: return fold(x, T.max) { Swift.min($0, $1) }
      case .l1: return fold(x, 0) { $0 &+ ($1 < 0 ? 0 &- $1 : $1) }
      case .sumSquare: return fold(x, 0) { $0 &+ $1 &* $1 }
      case .mean: return sums(x.map { Double($0) })?.map { whole($0) }
      case .l2, .logSum, .logSumExp: return sums(x.map { Double($0) })?.map { whole($0) }
      }
    }

    func reals<T: BinaryFloatingPoint & Sendable>(_ operands: [[T]]) -> [T]? {
      let x = operands[0]
      switch reduction {
      case .max: return fold(x, -T.infinity) { $1 > $0 || $1 != $1 ? $1 : $0 }
      case .min: return fold(x, T.infinity) { $1 < $0 || $1 != $1 ? $1 : $0 }
      case .prod: return fold(x, 1 as Double) { $0 * Double($1) }.map { T($0) }
      default: return sums(x)?.map { T($0) }
      }
    }

    /// The reductions that are sums, added in float64.
    private func sums<T: BinaryFloatingPoint>(_ x: [T]) -> [Double]? {
      switch reduction {
      case .sum, .logSum: return fold(x, 0 as Double) { $0 + Double($1) }.map(reduction.finish)
      case .mean: return fold(x, 0 as Double) { $0 + Double($1) }.map { $0 / Double(reduced.count) }
      case .l1: return fold(x, 0 as Double) { $0 + Double($1.magnitude) }
      case .l2, .sumSquare: return fold(x, 0 as Double) { $0 + Double($1) * Double($1) }.map(reduction.finish)
      case .logSumExp:
        // ln Σ eˣ = m + ln Σ eˣ⁻ᵐ with the largest x as m, which cannot overflow.
        let largest = fold(x, -Double.infinity) { Swift.max($0, Double($1)) }.map { $0.isFinite ? $0 : 0 }
        return zip(kept, largest).map { base, most in
          most + reduction.finish(reduced.reduce(0) { $0 + reduction.exponential(Double(x[base + $1]) - most) })
        }
      case .max, .min, .prod: return nil
      }
    }

    private func whole<T: FixedWidthInteger>(_ value: Double) -> T {
      T(exactly: value.rounded(.towardZero)) ?? (value > 0 ? T.max : value < 0 ? T.min : 0)
    }
  }
}
