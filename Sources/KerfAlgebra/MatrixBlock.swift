/// A rectangle inside a matrix, possibly read transposed: an operand of `Matrix.multiplyAdd`.
public struct MatrixBlock: Sendable {
  let elements: [Double]
  let offset: Int
  let stride: Int
  /// Shape before transposition.
  let storedRows: Int
  let storedColumns: Int
  let isTransposed: Bool

  public var rows: Int { isTransposed ? storedColumns : storedRows }
  public var columns: Int { isTransposed ? storedRows : storedColumns }

  /// The same rectangle transposed; nothing is copied.
  public var transposed: MatrixBlock {
    MatrixBlock(
      elements: elements, offset: offset, stride: stride, storedRows: storedRows, storedColumns: storedColumns,
      isTransposed: !isTransposed)
  }
}

extension Matrix {
  /// Rows × columns of this matrix as an operand, without a copy.
  public func block(rows rowRange: Range<Int>, columns columnRange: Range<Int>) -> MatrixBlock {
    precondition(
      rowRange.lowerBound >= 0 && rowRange.upperBound <= rows && columnRange.lowerBound >= 0 && columnRange.upperBound <= columns,
      "rows \(rowRange), columns \(columnRange) of a \(rows)×\(columns) matrix")
    return MatrixBlock(
      elements: elements, offset: rowRange.lowerBound * columns + columnRange.lowerBound, stride: columns,
      storedRows: rowRange.count, storedColumns: columnRange.count, isTransposed: false)
  }

  /// The whole matrix as an operand.
  public var block: MatrixBlock { block(rows: 0..<rows, columns: 0..<columns) }

  /// `self[at…] ← self[at…] + scale · left · right`, a GEMM on a rectangle that begins at `(row, column)`.
  public mutating func multiplyAdd(
    _ left: MatrixBlock, _ right: MatrixBlock, scale: Double = 1, row: Int = 0, column: Int = 0
  ) {
    precondition(left.columns == right.rows, "\(left.rows)×\(left.columns) times \(right.rows)×\(right.columns)")
    precondition(
      row >= 0 && column >= 0 && row + left.rows <= rows && column + right.columns <= columns,
      "\(left.rows)×\(right.columns) at (\(row), \(column)) of \(rows)×\(columns)")
    Backend.gemm(left, right, scale: scale, into: &elements, offset: row * columns + column, stride: columns)
  }

  /// `A · B`.
  public static func * (left: Matrix, right: Matrix) -> Matrix { product(left.block, right.block) }

  /// The product of two rectangles.
  public static func product(_ left: MatrixBlock, _ right: MatrixBlock) -> Matrix {
    var result = Matrix.zeros(left.rows, right.columns)
    result.multiplyAdd(left, right)
    return result
  }

  /// `Aᵀ · B`.
  public func transposedTimes(_ other: Matrix) -> Matrix { Matrix.product(block.transposed, other.block) }
  /// `A · Bᵀ`.
  public func timesTransposed(_ other: Matrix) -> Matrix { Matrix.product(block, other.block.transposed) }
  /// `Aᵀ · A`, `[columns × columns]`.
  public var gram: Matrix { transposedTimes(self).symmetrized }
}
