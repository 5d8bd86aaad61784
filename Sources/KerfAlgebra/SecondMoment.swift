/// Streaming mean and second moments of vectors, accumulated in double precision.
///
/// After rows `x_1 … x_R` of length `d`: `mean = (1/R) Σ x_r`, `secondMoment = (1/R) Σ x_r x_rᵀ`,
/// `covariance = secondMoment − mean·meanᵀ`.
///
/// - Complexity: `R·d²` multiply-adds, `8·d²` bytes.
public struct SecondMoment: Sendable {
  public let size: Int
  public private(set) var rows = 0
  private var sums: [Double]
  /// Upper triangle of `Σ (x_r − shift)(x_r − shift)ᵀ`.
  private var products: [Double]
  /// Subtracted from every row, so that the covariance does not cancel; the first block's mean.
  private var shift: [Double]

  public init(size: Int) {
    self.size = size
    sums = [Double](repeating: 0, count: size)
    shift = sums
    products = [Double](repeating: 0, count: size * size)
  }

  /// Adds a block of rows, row-major `[count × size]`.
  public mutating func add(_ block: [Double]) {
    precondition(size > 0 && block.count % size == 0, "\(block.count) values are not rows of \(size)")
    var shifted = block
    addShifting(&shifted)
  }

  /// Adds a block of single-precision rows, row-major `[count × size]`.
  public mutating func add(_ block: some Collection<Float>) {
    precondition(size > 0 && block.count % size == 0, "\(block.count) values are not rows of \(size)")
    var shifted = block.map(Double.init)
    addShifting(&shifted)
  }

  private mutating func addShifting(_ block: inout [Double]) {
    let count = block.count / size
    if count == 0 { return }
    if rows == 0 {
      for row in 0..<count { for column in 0..<size { shift[column] += block[row * size + column] } }
      for column in 0..<size { shift[column] /= Double(count) }
    }
    for row in 0..<count {
      for column in 0..<size {
        block[row * size + column] -= shift[column]
        sums[column] += block[row * size + column]
      }
    }
    Backend.syrk(block, count: count, size: size, into: &products)
    rows += count
  }

  /// `(1/R) Σ x_r`.
  public var mean: [Double] {
    let scale = 1 / Double(max(rows, 1))
    return (0..<size).map { shift[$0] + sums[$0] * scale }
  }

  /// `(1/R) Σ (x_r − mean)(x_r − mean)ᵀ`.
  public var covariance: Matrix { centred(at: sums.map { $0 / Double(max(rows, 1)) }, sign: -1) }

  /// `(1/R) Σ x_r x_rᵀ`.
  public var secondMoment: Matrix {
    var result = covariance
    let mean = mean
    for row in 0..<size { for column in 0..<size { result[row, column] += mean[row] * mean[column] } }
    return result
  }

  private func centred(at mean: [Double], sign: Double) -> Matrix {
    let scale = 1 / Double(max(rows, 1))
    var result = Matrix(products, rows: size, columns: size)
    for row in 0..<size {
      for column in row..<size {
        let value = result[row, column] * scale + sign * mean[row] * mean[column]
        result[row, column] = value
        result[column, row] = value
      }
    }
    return result
  }
}
