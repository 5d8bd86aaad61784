import KerfGraph

/// Cuts output rows into rectangles of pixels whose windows reach the same taps: in a row the pixels whose windows lie inside go together, those at
/// the ends one by one with the window cut, so nothing is copied; rows whose windows are whole go together, too.
struct WindowWalk: Sendable {
  let shape: StageShape
  /// Output columns whose windows go together.
  private let interior: Range<Int>

  /// Pixels whose windows reach the same taps.
  struct Piece {
    let rows, columns: Range<Int>
    /// Input row and column of the first pixel's first tap, which may lie outside the image.
    let top, left: Int
    /// Taps inside the image.
    let tapRows, tapColumns: Range<Int>

    var positions: Int { tapRows.count * tapColumns.count }
  }

  /// - Parameter wholeRows: whether the kernel itself sees to windows that leave the image at a row's ends.
  init(_ shape: StageShape, wholeRows: Bool = false) {
    self.shape = shape
    let full = (0..<shape.outputWidth).filter {
      let (_, first, last) = shape.columns.inside($0, extent: shape.width)
      return first == 0 && last == shape.columns.kernel
    }
    interior = wholeRows ? 0..<shape.outputWidth : full.first.map { $0..<(full.last ?? $0) + 1 } ?? 0..<0
  }

  func pieces(of rows: Range<Int>, _ body: (Piece) -> Void) {
    var i = rows.lowerBound
    while i < rows.upperBound {
      var end = i + 1
      if isWhole(i) { while end < rows.upperBound, isWhole(end) { end += 1 } }
      let (top, firstRow, lastRow) = shape.rows.inside(i, extent: shape.height)
      var j = 0
      while j < shape.outputWidth {
        let next = interior.contains(j) ? interior.upperBound : j + 1
        let (left, firstColumn, lastColumn) = shape.columns.inside(j, extent: shape.width)
        body(
          Piece(rows: i..<end, columns: j..<next, top: top, left: left, tapRows: firstRow..<lastRow, tapColumns: firstColumn..<lastColumn))
        j = next
      }
      i = end
    }
  }

  private func isWhole(_ i: Int) -> Bool {
    let (_, first, last) = shape.rows.inside(i, extent: shape.height)
    return first == 0 && last == shape.rows.kernel
  }
}
