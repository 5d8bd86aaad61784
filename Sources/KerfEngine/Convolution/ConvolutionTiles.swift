/// How the output of a convolution is cut into tasks: rectangles of pixels, the same for any number of threads.
///
/// A tile is at most some 64…96 pixels wide. It has rows enough that the weights, which every task streams through the caches once, are used on a
/// fair number of pixels and that few input rows are copied twice, and no more than the second-level cache holds or than a 64th of the work (but at
/// least about one and a half million multiply-adds).
struct ConvolutionTiles: Sendable {
  let rows, columns: Int
  private let height, width, across: Int
  let count: Int

  init(_ p: ConvolutionProblem) {
    (height, width) = (p.outputHeight, p.outputWidth)
    let parts = width <= 96 ? 1 : (width + 63) / 64
    columns = (width + parts - 1) / parts
    let macs = max(1_500_000, p.batch * p.outputPixels * p.macsPerPixel / 64) / (columns * p.macsPerPixel + 1)
    let cached = 96 * 1024 / (columns * (p.channels * p.rows.stride * p.columns.stride + p.outputs) + 1)
    let pixels = p.macsPerPixel > 64 * 1024 ? 112 : 28
    let least = max((pixels + columns - 1) / columns, p.rows.span > 1 ? 4 : 1)
    let wanted = max(1, min(height, max(least, min(macs, cached))))
    let down = (height + wanted - 1) / wanted
    rows = (height + down - 1) / max(1, down)
    across = (width + columns - 1) / columns
    count = (height + rows - 1) / rows * across
  }

  subscript(index: Int) -> (rows: Range<Int>, columns: Range<Int>) {
    let top = index / across * rows
    let left = index % across * columns
    return (top..<min(height, top + rows), left..<min(width, left + columns))
  }
}
