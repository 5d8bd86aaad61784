import CKerfKernels
import KerfGraph

/// Walks a window over channels-last images for depthwise convolution and pooling: rows of blocks are tasks, and in a row the pixels whose windows
/// lie inside go to the kernel together, those at the ends one by one with the window cut.
struct WindowWalk: Sendable {
  let batch, channels, height, width, outputHeight, outputWidth: Int
  let rows, columns: Window.Axis
  /// Divide sums by the positions inside the image (`AveragePool`).
  var averages = false
  /// Divide by all positions, outside ones counted.
  var countsPadding = false

  /// Window positions along an axis that lie inside `0..<extent` for the output position `i`.
  private func inside(_ axis: Window.Axis, _ i: Int, extent: Int) -> (start: Int, first: Int, last: Int) {
    let start = i * axis.stride - axis.before
    let first = start < 0 ? min(axis.kernel, (-start + axis.dilation - 1) / axis.dilation) : 0
    let room = extent - start
    let last = room <= 0 ? 0 : min(axis.kernel, (room + axis.dilation - 1) / axis.dilation)
    return (start, min(first, max(first, last)), max(first, last))
  }

  func run(_ frame: Frame, _ op: kerf_window_op, _ form: kerf_window_f32, input: Place, output: Place, residual: Place?) {
    let x = frame.read(input)
    let y = frame.write(output)
    let r = residual.map(frame.read)
    let window = frame.kernels.window
    let rowWork = max(1, outputWidth * channels * rows.kernel * columns.kernel)
    let block = max(1, min(outputHeight, 400_000 / rowWork))
    let blocks = (outputHeight + block - 1) / block
    // Columns whose whole window is inside.
    let full = (0..<outputWidth).filter {
      let (_, first, last) = inside(columns, $0, extent: width)
      return first == 0 && last == columns.kernel
    }
    // Rows that the kernel takes whole, a column of zeros at either end being part of it.
    let slides =
      op == KERF_WINDOW_DEPTHWISE && columns.kernel == 3 && columns.stride == 1 && columns.dilation == 1 && columns.before <= 1
      && outputWidth - columns.before + 1 <= width
    let interior = slides ? 0..<outputWidth : full.first.map { $0..<(full.last ?? $0) + 1 } ?? 0..<0
    frame.parallel(batch * blocks) { task, _ in
      let image = task / blocks
      let from = task % blocks * block
      for i in from..<min(from + block, outputHeight) {
        let (top, firstRow, lastRow) = inside(rows, i, extent: height)
        var j = 0
        while j < outputWidth {
          let count = interior.contains(j) ? interior.upperBound - j : 1
          var (left, firstColumn, lastColumn) = inside(columns, j, extent: width)
          var g = form
          if slides {
            left = -columns.before
            (firstColumn, lastColumn) = (0, 3)
            g.zeros_left = columns.before
            g.zeros_right = max(0, outputWidth + 2 - columns.before - width)
          }
          // SAFETY: rows top + t·dilation for t in firstRow..<lastRow and columns left + u·dilation for u in firstColumn..<lastColumn lie in
          // the image for all `count` pixels (interior windows are whole); `a` itself may lie outside and is only an origin.
          g.columns = count
          g.channels = channels
          g.a = x + ((image * height + top) * width + left) * channels
          g.a_column = columns.stride * channels
          g.tap_row = rows.dilation * width * channels
          g.tap_column = columns.dilation * channels
          (g.first_row, g.last_row) = (firstRow, lastRow)
          (g.first_column, g.last_column) = (firstColumn, lastColumn)
          g.kernel_columns = columns.kernel
          if averages {
            let positions = countsPadding ? rows.kernel * columns.kernel : (lastRow - firstRow) * (lastColumn - firstColumn)
            g.scale = 1 / Float(max(1, positions))
          }
          let start = ((image * outputHeight + i) * outputWidth + j) * channels
          g.c = y + start
          g.c_column = channels
          if let r {
            g.epilogue.residual = r + start
            g.epilogue.residual_step = channels
          }
          window(&g, op)
          j += count
        }
      }
    }
  }
}

extension Window.Axis {
  /// The axis that a value over one axis lacks: one row.
  static let single = Window.Axis(kernel: 1, stride: 1, dilation: 1, before: 0, after: 0)
}
