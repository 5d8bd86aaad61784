import KerfGraph

extension Activation: RealOperator {
  public func evaluate(_ inputs: [Tensor?], count: Int) throws(EngineError) -> [Tensor] {
    // Relu alone is also defined on integers.
    if function == .relu, let x = inputs.first ?? nil, let storage = x.storage.rectified {
      _ = try checkedOutputs(inputs, count: count, node: label)
      return [Tensor(shape: x.shape, storage: storage)]
    }
    return try evaluateReal(inputs, count: count)
  }

  func evaluate<T: RealElement>(real inputs: [Dense<T>?], into shapes: [[Int]]) throws(EngineError) -> [[T]] {
    [inputs[0]?.elements.map(function.callable()) ?? []]
  }
}

extension Activation.Function {
  /// The function as code. Comparisons are written so that NaN passes through.
  func callable<T: RealElement>() -> (T) -> T {
    switch self {
    case .relu: return { $0 < 0 ? 0 : $0 }
    case .leakyRelu(let a):
      let a = T(a)
      return { $0 < 0 ? a * $0 : $0 }
    case .thresholdedRelu(let a):
      let a = T(a)
      return { $0 <= a ? 0 : $0 }
    case .elu(let a):
      let a = T(a)
      return { $0 < 0 ? a * T.expm1($0) : $0 }
    case .celu(let a):
      let a = T(a)
      return { x in (x < 0 ? 0 : x) + Swift.min(0, a * T.expm1(x / a)) }
    case .selu(let a, let g):
      let (a, g) = (T(a), T(g))
      return { $0 <= 0 ? g * a * T.expm1($0) : g * $0 }
    case .sigmoid: return T.sigmoid
    case .hardSigmoid(let a, let b):
      let (a, b) = (T(a), T(b))
      return { Swift.min(1, Swift.max(0, a * $0 + b)) }
    case .hardSwish: return { $0 * Swift.min(1, Swift.max(0, $0 / 6 + 0.5)) }
    case .swish(let a):
      let a = T(a)
      return { $0 * T.sigmoid(a * $0) }
    case .mish: return { $0 * T.tanh(T.softplus($0)) }
    case .softplus: return T.softplus
    case .softsign: return { $0 / (1 + abs($0)) }
    case .tanh: return T.tanh
    case .erf: return T.erf
    case .gelu:
      let half = T(0.5).squareRoot()
      return { x in x / 2 * (1 + T.erf(x * half)) }
    case .geluTanh:
      let slope = (2 / T.pi).squareRoot()
      let cubic = T(0.044715)
      return { x in
        let inner = slope * (x + cubic * x * x * x)
        return x / 2 * (1 + T.tanh(inner))
      }
    }
  }
}

extension RealElement {
  /// `1 / (1 + e⁻ˣ)`, without overflow on either side.
  fileprivate static func sigmoid(_ x: Self) -> Self {
    if x < 0 {
      let e = exp(x)
      return e / (1 + e)
    }
    return 1 / (1 + exp(-x))
  }

  /// `log(1 + eˣ)`, without overflow.
  fileprivate static func softplus(_ x: Self) -> Self { Swift.max(x, 0) + log1p(exp(-abs(x))) }
}

extension Tensor.Storage {
  /// `max(0, x)` of integers, or `nil` for other types.
  fileprivate var rectified: Tensor.Storage? {
    switch self {
    case .int8(let e): .int8(e.map { Swift.max(0, $0) })
    case .int16(let e): .int16(e.map { Swift.max(0, $0) })
    case .int32(let e): .int32(e.map { Swift.max(0, $0) })
    case .int64(let e): .int64(e.map { Swift.max(0, $0) })
    default: nil
    }
  }
}
