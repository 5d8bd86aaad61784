import KerfGraph

extension TopK: ReferenceOperator {
  public func evaluate(_ inputs: [Tensor?], count: Int) throws(EngineError) -> [Tensor] {
    let x = try inputs.operand(0)
    let view = try AxisView(x.shape, axis: axis)
    let k = try EngineError.from { () throws(GraphError) in try self.k(inputs, extent: view.extent) }
    let ranks = try Kernel(findsLargest: findsLargest, k: k, view: view).compare([x])
    // Lines come one after the other; in the output they lie side by side along the inner axes.
    var shape = x.shape
    shape[axis < 0 ? axis + x.rank : axis] = k
    var indices = [Int64](repeating: 0, count: view.outer * k * view.inner)
    var picks = [Int](repeating: 0, count: indices.count)
    for (line, start) in view.starts.enumerated() {
      let target = line / view.inner * k * view.inner + line % view.inner
      for i in 0..<k {
        let index = ranks[line * k + i]
        indices[target + i * view.inner] = Int64(index)
        picks[target + i * view.inner] = start + index * view.inner
      }
    }
    guard let values = x.picking(picks, shape: shape) else { throw EngineError(.unsupported, "not implemented for \(x.type)") }
    return [values, Tensor(indices, shape: shape)]
  }

  private struct Kernel: OrderKernel {
    let findsLargest: Bool
    let k: Int
    let view: AxisView

    /// The best `k` indices of each line, best first.
    func callAsFunction<T: Comparable & Sendable>(_ operands: [[T]]) -> [Int] {
      let x = operands[0]
      return view.starts.flatMap { start in
        let order = (0..<view.extent).sorted { i, j in
          let (a, b) = (x[start + i * view.inner], x[start + j * view.inner])
          return a == b ? i < j : findsLargest ? a > b : a < b
        }
        return order.prefix(k)
      }
    }
  }
}
