/// A dense real matrix of doubles, row-major: element `(i, j)` is `elements[i * columns + j]`.
public struct Matrix: Sendable, Equatable {
  public var elements: [Double]
  public let rows: Int
  public let columns: Int

  /// A matrix from its elements in row-major order.
  public init(_ elements: [Double], rows: Int, columns: Int) {
    precondition(elements.count == rows * columns, "\(elements.count) elements for a \(rows)×\(columns) matrix")
    self.elements = elements
    self.rows = rows
    self.columns = columns
  }

  /// A matrix from single-precision elements in row-major order.
  public init(_ elements: some Collection<Float>, rows: Int, columns: Int) {
    self.init(elements.map(Double.init), rows: rows, columns: columns)
  }

  public static func zeros(_ rows: Int, _ columns: Int) -> Matrix {
    Matrix([Double](repeating: 0, count: rows * columns), rows: rows, columns: columns)
  }

  public static func identity(_ size: Int) -> Matrix { diagonal([Double](repeating: 1, count: size)) }

  public static func diagonal(_ values: [Double]) -> Matrix {
    var result = zeros(values.count, values.count)
    for (index, value) in values.enumerated() { result[index, index] = value }
    return result
  }

  @inlinable
  public subscript(row: Int, column: Int) -> Double {
    get { elements[row * columns + column] }
    set { elements[row * columns + column] = newValue }
  }

  /// The same elements read as another shape.
  public func reshaped(_ rows: Int, _ columns: Int) -> Matrix { Matrix(elements, rows: rows, columns: columns) }

  public var transposed: Matrix {
    let (rows, columns) = (rows, columns)
    let result = [Double](unsafeUninitializedCapacity: rows * columns) { target, count in
      // SAFETY: every index is below rows·columns, the count of both buffers; all elements are written.
      elements.withUnsafeBufferPointer { source in
        let block = 32
        for i0 in stride(from: 0, to: rows, by: block) {
          for j0 in stride(from: 0, to: columns, by: block) {
            for i in i0..<min(i0 + block, rows) {
              for j in j0..<min(j0 + block, columns) { target[j * rows + i] = source[i * columns + j] }
            }
          }
        }
      }
      count = rows * columns
    }
    return Matrix(result, rows: columns, columns: rows)
  }

  /// Rows `range`.
  public func rowSlice(_ range: Range<Int>) -> Matrix {
    Matrix(Array(elements[range.lowerBound * columns..<range.upperBound * columns]), rows: range.count, columns: columns)
  }

  /// Columns `range`.
  public func columnSlice(_ range: Range<Int>) -> Matrix {
    var result: [Double] = []
    result.reserveCapacity(rows * range.count)
    for row in 0..<rows { result += elements[row * columns + range.lowerBound..<row * columns + range.upperBound] }
    return Matrix(result, rows: rows, columns: range.count)
  }

  /// The columns in the order given: column `j` of the result is column `order[j]`.
  public func selectingColumns(_ order: [Int]) -> Matrix {
    let columns = columns
    let result = [Double](unsafeUninitializedCapacity: rows * order.count) { target, count in
      var position = 0
      for row in 0..<rows {
        for column in order {
          target[position] = elements[row * columns + column]
          position += 1
        }
      }
      count = position
    }
    return Matrix(result, rows: rows, columns: order.count)
  }

  /// The rows in the order given: row `i` of the result is row `order[i]`.
  public func selectingRows(_ order: [Int]) -> Matrix {
    var result: [Double] = []
    result.reserveCapacity(order.count * columns)
    for row in order { result += elements[row * columns..<(row + 1) * columns] }
    return Matrix(result, rows: order.count, columns: columns)
  }

  public var diagonal: [Double] { (0..<min(rows, columns)).map { self[$0, $0] } }
  public var trace: Double { diagonal.reduce(0, +) }
  public var isFinite: Bool { elements.allSatisfy(\.isFinite) }
}
