import KerfGraph

extension CumSum: ReferenceOperator {
  public func evaluate(_ inputs: [Tensor?], count: Int) throws(EngineError) -> [Tensor] {
    let x = try inputs.operand(0)
    guard let axis = try inputs.operand(1).integers(), axis.count == 1 else { throw EngineError(.shape, "axis must be one integer") }
    let kernel = Kernel(isExclusive: isExclusive, isReverse: isReverse, view: try AxisView(x.shape, axis: Int(axis[0])))
    return [try kernel([x], shape: x.shape)]
  }

  private struct Kernel: ElementKernel {
    let isExclusive: Bool
    let isReverse: Bool
    let view: AxisView

    private func scan<T>(_ x: [T], _ zero: T, _ add: (T, T) -> T) -> [T] {
      var y = x
      for start in view.starts {
        var total = zero
        for i in 0..<view.extent {
          let at = start + (isReverse ? view.extent - 1 - i : i) * view.inner
          let sum = add(total, x[at])
          y[at] = isExclusive ? total : sum
          total = sum
        }
      }
      return y
    }

    func integers<T: FixedWidthInteger & Sendable>(_ operands: [[T]]) -> [T]? { scan(operands[0], 0) { $0 &+ $1 } }
    func reals<T: BinaryFloatingPoint & Sendable>(_ operands: [[T]]) -> [T]? { scan(operands[0], 0) { $0 + $1 } }
  }
}

extension NonZero: ReferenceOperator {
  public func evaluate(_ inputs: [Tensor?], count: Int) throws(EngineError) -> [Tensor] {
    let x = try inputs.operand(0)
    guard let numbers = x.doubles() else { throw EngineError(.unsupported, "not implemented for \(x.type)") }
    let found = numbers.indices.filter { numbers[$0] != 0 }
    let indices = zip(x.shape, Extents.strides(x.shape)).flatMap { extent, stride in found.map { Int64($0 / stride % extent) } }
    return [Tensor(indices, shape: [x.rank, found.count])]
  }
}
