/// A dense array of doubles with any number of modes, row-major (the last mode varies fastest).
public struct DenseTensor: Sendable, Equatable {
  public var elements: [Double]
  public let shape: [Int]

  public init(_ elements: [Double], shape: [Int]) {
    precondition(elements.count == shape.reduce(1, *), "\(elements.count) elements for shape \(shape)")
    self.elements = elements
    self.shape = shape
  }

  /// The array with its modes in another order: mode `m` of the result is mode `order[m]`.
  public func permuted(_ order: [Int]) -> DenseTensor {
    precondition(order.sorted() == Array(shape.indices), "\(order) does not order the modes of \(shape)")
    if order == Array(shape.indices) { return self }
    var strides = [Int](repeating: 1, count: shape.count)
    for mode in stride(from: shape.count - 2, through: 0, by: -1) { strides[mode] = strides[mode + 1] * shape[mode + 1] }
    let target = order.map { shape[$0] }
    let steps = order.map { strides[$0] }
    var result: [Double] = []
    result.reserveCapacity(elements.count)
    var index = [Int](repeating: 0, count: shape.count)
    var position = 0
    for _ in 0..<elements.count {
      result.append(elements[position])
      var mode = shape.count - 1
      while mode >= 0 {
        index[mode] += 1
        position += steps[mode]
        if index[mode] < target[mode] { break }
        position -= steps[mode] * target[mode]
        index[mode] = 0
        mode -= 1
      }
    }
    return DenseTensor(result, shape: target)
  }

  /// The mode-`n` unfolding `[I_n × ∏ others]`, the other modes in their order (row-major).
  public func unfolded(_ mode: Int) -> Matrix {
    let order = [mode] + shape.indices.filter { $0 != mode }
    return Matrix(permuted(order).elements, rows: shape[mode], columns: shape[mode] == 0 ? 0 : elements.count / shape[mode])
  }

  /// The inverse of `unfolded(mode)` for a result of the shape given.
  public static func folded(_ matrix: Matrix, mode: Int, shape: [Int]) -> DenseTensor {
    let order = [mode] + shape.indices.filter { $0 != mode }
    var inverse = [Int](repeating: 0, count: order.count)
    for (position, original) in order.enumerated() { inverse[original] = position }
    return DenseTensor(matrix.elements, shape: order.map { shape[$0] }).permuted(inverse)
  }

  /// The mode-`n` product `X ×ₙ M`: mode `n` of size `I` becomes size `J` through `M [J × I]`.
  public func modeProduct(_ matrix: Matrix, mode: Int) -> DenseTensor {
    precondition(matrix.columns == shape[mode], "\(matrix.rows)×\(matrix.columns) on mode \(mode) of \(shape)")
    var target = shape
    target[mode] = matrix.rows
    return DenseTensor.folded(matrix * unfolded(mode), mode: mode, shape: target)
  }

  /// The `rank` leading left singular vectors of the mode-`n` unfolding, as rows `[rank × I_n]`.
  public func leadingVectors(mode: Int, rank: Int) throws(AlgebraError) -> Matrix {
    let unfolding = unfolded(mode)
    return try SymmetricEigen(unfolding.timesTransposed(unfolding)).vectors.rowSlice(0..<rank)
  }
}
