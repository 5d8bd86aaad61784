import KerfGraph

/// A tensor seen as `[outer, extent, inner]` around one axis.
struct AxisView {
  let outer: Int, extent: Int, inner: Int

  init(_ shape: [Int], axis: Int) throws(EngineError) {
    let axis = try EngineError.from { () throws(GraphError) in try Extents.axis(axis, rank: shape.count, node: "") }
    outer = shape[..<axis].reduce(1, *)
    extent = shape[axis]
    inner = shape[(axis + 1)...].reduce(1, *)
  }

  /// Where the first element of each line along the axis is, in row-major order of the other axes. Lines step by `inner`.
  var starts: [Int] { (0..<outer).flatMap { o in (0..<inner).map { o * extent * inner + $0 } } }
}

extension ArgExtremum: ReferenceOperator {
  public func evaluate(_ inputs: [Tensor?], count: Int) throws(EngineError) -> [Tensor] {
    let x = try inputs.operand(0)
    let shape = try EngineError.from { () throws(GraphError) in
      try inferOutputs([TensorInfo(x.type, x.shape.map { .fixed($0) })], count: 1)[0].fixedShape ?? []
    }
    let kernel = Kernel(findsLargest: findsLargest, takesLast: takesLast, view: try AxisView(x.shape, axis: axis))
    return [Tensor(try kernel.compare([x]), shape: shape)]
  }

  private struct Kernel: OrderKernel {
    let findsLargest: Bool
    let takesLast: Bool
    let view: AxisView

    func callAsFunction<T: Comparable & Sendable>(_ operands: [[T]]) -> [Int64] {
      let x = operands[0]
      return view.starts.map { start in
        var best = 0
        for i in 1..<max(1, view.extent) {
          let (new, held) = (x[start + i * view.inner], x[start + best * view.inner])
          if (findsLargest ? new > held : new < held) || takesLast && new == held { best = i }
        }
        return Int64(best)
      }
    }
  }
}
