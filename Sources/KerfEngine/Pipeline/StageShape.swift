import KerfGraph

/// How a stage makes one image from another: extents, and a window that walks over rows and columns.
package struct StageShape: Sendable, Hashable {
  let channels, height, width: Int
  let outputs, outputHeight, outputWidth: Int
  let rows, columns: Window.Axis

  /// Input rows that output rows read, cut to the image.
  func inputRows(_ range: Range<Int>) -> Range<Int> {
    guard !range.isEmpty else { return 0..<0 }
    let first = range.lowerBound * rows.stride - rows.before
    let end = (range.upperBound - 1) * rows.stride - rows.before + rows.span
    let low = min(max(0, first), height)
    return low..<max(low, min(height, end))
  }

  /// Columns right of the image that windows read.
  var overhang: Int { max(0, (outputWidth - 1) * columns.stride + columns.span - columns.before - width) }

  /// The same image.
  static func identity(channels: Int, height: Int, width: Int) -> StageShape {
    StageShape(
      channels: channels, height: height, width: width, outputs: channels, outputHeight: height, outputWidth: width, rows: .single,
      columns: .single)
  }
}

extension Window.Axis {
  /// One position, one step: the axis that a value over one axis lacks.
  static let single = Window.Axis(kernel: 1, stride: 1, dilation: 1, before: 0, after: 0)

  /// Window positions that lie inside `0..<extent` for the output position `i`, and where its window begins.
  func inside(_ i: Int, extent: Int) -> (start: Int, first: Int, last: Int) {
    let start = i * stride - before
    let first = start < 0 ? min(kernel, (-start + dilation - 1) / dilation) : 0
    let room = extent - start
    let last = room <= 0 ? 0 : min(kernel, (room + dilation - 1) / dilation)
    return (start, min(first, max(first, last)), max(first, last))
  }
}
