import KerfGraph

extension MatMul: ReferenceOperator {
  public func evaluate(_ inputs: [Tensor?], count: Int) throws(EngineError) -> [Tensor] {
    let outputs = try checkedOutputs(inputs, count: count, node: label)
    guard let a = inputs[0], let b = inputs[1], let shape = outputs.first?.shape else { return [] }
    let storage: Tensor.Storage
    switch (a.storage, b.storage) {
    case (.float(let x), .float(let y)): storage = .float(Self.product(x, a.shape, y, b.shape, shape))
    case (.double(let x), .double(let y)): storage = .double(Self.product(x, a.shape, y, b.shape, shape))
    case (.int32(let x), .int32(let y)): storage = .int32(Self.product(x, a.shape, y, b.shape, shape))
    case (.uint32(let x), .uint32(let y)): storage = .uint32(Self.product(x, a.shape, y, b.shape, shape))
    case (.int64(let x), .int64(let y)): storage = .int64(Self.product(x, a.shape, y, b.shape, shape))
    case (.uint64(let x), .uint64(let y)): storage = .uint64(Self.product(x, a.shape, y, b.shape, shape))
    case (.float16, .float16), (.bfloat16, .bfloat16):
      let wide = Self.product(a.floats() ?? [], a.shape, b.floats() ?? [], b.shape, shape)
      storage = a.type == .float16 ? .float16(wide.map(HalfPrecision.half)) : .bfloat16(wide.map(HalfPrecision.bfloat))
    default: throw EngineError(.unsupported, node: label, "MatMul of \(a.type) and \(b.type)")
    }
    return [Tensor(shape: shape, storage: storage)]
  }

  /// The product of operands whose shapes were checked, reals or integers.
  static func product<T: Multipliable>(_ a: [T], _ aShape: [Int], _ b: [T], _ bShape: [Int], _ shape: [Int]) -> [T] {
    let (m, k) = (aShape.count > 1 ? aShape[aShape.count - 2] : 1, aShape[aShape.count - 1])
    let n = bShape.count > 1 ? bShape[bShape.count - 1] : 1
    let batch = Array(shape.dropLast((aShape.count > 1 ? 1 : 0) + (bShape.count > 1 ? 1 : 0)))
    let (aBatch, bBatch) = (BroadcastIndex(aShape.dropLast(2), to: batch), BroadcastIndex(bShape.dropLast(2), to: batch))
    var y = [T](repeating: .zero, count: shape.saturatingProduct)
    // SAFETY: the definition checked that the matrices are [M, K] and [K, N] and that their batches broadcast to `batch`;
    // `BroadcastIndex` gives places within each operand's own batches.
    a.withUnsafeBufferPointer { pa in
      b.withUnsafeBufferPointer { pb in
        y.withUnsafeMutableBufferPointer { py in
          guard let pa = pa.baseAddress, let pb = pb.baseAddress, let py = py.baseAddress else { return }
          for i in 0..<batch.saturatingProduct {
            MatrixProduct.add(pa + aBatch[i] * m * k, pb + bBatch[i] * k * n, into: py + i * m * n, m: m, k: k, n: n)
          }
        }
      }
    }
    return y
  }
}
