import KerfGraph

/// How bytes stand for real numbers: `x = (level − zero)·scale`, levels in 0…255.
///
/// A signed value q is held as the level q + 128, its zero point likewise: kernels know unsigned levels only.
struct Levels: Sendable, Hashable {
  let scale: Float
  let zero: Float

  /// The level of a real number, not rounded.
  func level(_ x: Float) -> Float { x / scale + zero }

  /// A bound of real numbers as one of levels: rounding keeps order, so a value may be cut before or behind it. Infinite bounds stay so.
  func bound(_ x: Float) -> Float { max(0, min(255, (x / scale).rounded(.toNearestOrEven) + zero)) }

  /// What quantizing does, as a node states it; `nil` unless scale and zero point are one constant each and the type has eight bits.
  /// - Parameter type: of the quantized value.
  init?(scale: Tensor?, zeroPoint: Tensor?, type: ElementType) {
    guard type == .uint8 || type == .int8, let scales = scale?.floats(), scales.count == 1, scales[0] > 0, scales[0].isFinite else {
      return nil
    }
    var zero: Int64 = 0
    if let zeroPoint {
      guard let zeros = zeroPoint.integers(), zeros.count == 1, zeroPoint.type == type else { return nil }
      zero = zeros[0]
    }
    self.scale = scales[0]
    self.zero = Float(zero + (type == .int8 ? 128 : 0))
  }
}

/// A constant that a model holds as signed bytes with one scale in all or one for each entry of its axis `axis`: `w = q·scale`.
struct ConstantLevels: Sendable {
  let q: Tensor
  let scales: [Float]
  let axis: Int

  /// What a `DequantizeLinear` of constants makes; `nil` unless its values are signed (or unsigned around 128) with zero points 0.
  init?(_ definition: QuantizeLinear, _ operands: [Tensor?]) {
    guard !definition.quantizes, definition.blockSize == 0, let q = operands[0], let scales = operands[1]?.floats(),
      [.int8, .uint8].contains(q.type), q.rank > 0
    else { return nil }
    let zeros = operands.count > 2 ? operands[2]?.integers() ?? [0] : [0]
    guard zeros.allSatisfy({ $0 == (q.type == .int8 ? 0 : 128) }) else { return nil }
    axis = definition.axis < 0 ? definition.axis + q.rank : definition.axis
    guard scales.count == 1 || axis < q.rank && scales.count == q.shape[axis] else { return nil }
    (self.q, self.scales) = (q, scales)
  }

  /// A matrix turned, when somebody asks for its levels: its scales then run along the other axis.
  var transposed: ConstantLevels {
    let (rows, columns) = (q.shape[0], q.shape[1])
    let turned = MadeElements(.int8, count: rows * columns) {
      let from = signed
      var turned = from
      for i in 0..<rows {
        for j in 0..<columns { turned[j * rows + i] = from[i * columns + j] }
      }
      return .int8(turned)
    }
    return ConstantLevels(q: Tensor(shape: [columns, rows], elements: turned), scales: scales, axis: 1 - axis)
  }

  private init(q: Tensor, scales: [Float], axis: Int) { (self.q, self.scales, self.axis) = (q, scales, axis) }

  /// The signed levels in ONNX's order.
  var signed: [Int8] {
    switch q.storage {
    case .int8(let values): values
    case .uint8(let values): values.map { Int8(truncatingIfNeeded: Int($0) - 128) }
    default: (q.integers() ?? []).map { Int8(truncatingIfNeeded: q.type == .int8 ? $0 : $0 - 128) }
    }
  }

  /// The real numbers `q·scale`, bit for bit what the operator's reference gives, made when somebody asks: layers on bytes never do.
  var reals: Tensor { Tensor(shape: q.shape, elements: MadeElements(.float, count: q.count) { dequantized }) }

  /// Opaque and empty where the file was cut short meanwhile, as elements that are read from it.
  private var dequantized: Tensor.Storage {
    let signed = signed
    guard signed.count == q.count else { return .opaque(.float, []) }
    let run = scales.count == 1 ? signed.count : q.shape[(axis + 1)...].reduce(1, *)
    var reals: [Float] = []
    reals.reserveCapacity(signed.count)
    for start in stride(from: 0, to: signed.count, by: max(1, run)) {
      let scale = scales[start / run % scales.count]
      reals.append(contentsOf: signed[start..<start + run].lazy.map { Float($0) * scale })
    }
    return .float(reals)
  }

  /// One scale for each of `count` entries of `axis`; `nil` where the scales run along another one.
  func scales(along axis: Int, count: Int) -> [Float]? {
    if scales.count == 1 { return [Float](repeating: scales[0], count: count) }
    return axis == self.axis && scales.count == count ? scales : nil
  }
}
