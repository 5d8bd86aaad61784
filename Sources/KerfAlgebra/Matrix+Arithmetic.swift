extension Matrix {
  /// Applies a function to pairs of elements of two matrices of one shape.
  @inline(__always)
  func zipped(_ other: Matrix, _ operation: (Double, Double) -> Double) -> Matrix {
    precondition(rows == other.rows && columns == other.columns, "\(rows)×\(columns) with \(other.rows)×\(other.columns)")
    let result = [Double](unsafeUninitializedCapacity: elements.count) { target, count in
      for index in 0..<elements.count { target[index] = operation(elements[index], other.elements[index]) }
      count = elements.count
    }
    return Matrix(result, rows: rows, columns: columns)
  }

  public static func + (left: Matrix, right: Matrix) -> Matrix { left.zipped(right, +) }
  public static func - (left: Matrix, right: Matrix) -> Matrix { left.zipped(right, -) }
  public static func * (scale: Double, matrix: Matrix) -> Matrix {
    Matrix(matrix.elements.map { scale * $0 }, rows: matrix.rows, columns: matrix.columns)
  }

  /// The elementwise (Hadamard) product.
  public func hadamard(_ other: Matrix) -> Matrix { zipped(other, *) }

  /// `self ← self + scale · other`.
  public mutating func add(_ scale: Double, _ other: Matrix) {
    precondition(rows == other.rows && columns == other.columns, "\(rows)×\(columns) with \(other.rows)×\(other.columns)")
    for index in elements.indices { elements[index] += scale * other.elements[index] }
  }

  /// `self ← self + value · I`.
  public mutating func addToDiagonal(_ value: Double) {
    for index in 0..<min(rows, columns) { self[index, index] += value }
  }

  /// `⟨A, B⟩ = Σ A_ij B_ij`.
  public func dot(_ other: Matrix) -> Double {
    precondition(elements.count == other.elements.count, "\(rows)×\(columns) with \(other.rows)×\(other.columns)")
    return Backend.dot(elements, other.elements)
  }

  /// `‖A‖_F²`.
  public var squaredNorm: Double { Backend.dot(elements, elements) }
  /// `‖A‖_F`.
  public var norm: Double { squaredNorm.squareRoot() }

  /// Multiplies column `j` by `factors[j]`.
  public func scalingColumns(_ factors: [Double]) -> Matrix {
    precondition(factors.count == columns, "\(factors.count) factors for \(columns) columns")
    var result = self
    for row in 0..<rows { for column in 0..<columns { result.elements[row * columns + column] *= factors[column] } }
    return result
  }

  /// Multiplies row `i` by `factors[i]`.
  public func scalingRows(_ factors: [Double]) -> Matrix {
    precondition(factors.count == rows, "\(factors.count) factors for \(rows) rows")
    var result = self
    for row in 0..<rows { for column in 0..<columns { result.elements[row * columns + column] *= factors[row] } }
    return result
  }

  /// `½ (A + Aᵀ)`.
  public var symmetrized: Matrix {
    precondition(rows == columns, "\(rows)×\(columns) is not square")
    var result = self
    for row in 0..<rows {
      for column in 0..<row {
        let mean = 0.5 * (self[row, column] + self[column, row])
        result[row, column] = mean
        result[column, row] = mean
      }
    }
    return result
  }
}
