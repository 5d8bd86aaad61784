import CKerfKernels

/// Tiles of an output, each made from a tile of the input in another domain: Winograd's or Fourier's.
struct Tiles: Sendable {
  /// Extent of a tile of the input: of both axes, and of each; 1 along one that the kernel does not extend over.
  let alpha, rowAlpha, columnAlpha: Int
  /// Whether the domain is Fourier's.
  var isFourier = false
  /// Output rows and columns of a tile.
  let rows, columns: Int
  /// The outputs that they make: a corner of the image and the extent from there.
  let top, left, height, width: Int

  init(_ p: ConvolutionProblem, alpha: Int, top: Int = 0, left: Int = 0, height: Int, width: Int) {
    self.alpha = alpha
    rowAlpha = p.rows.kernel > 1 ? alpha : 1
    columnAlpha = p.columns.kernel > 1 ? alpha : 1
    rows = rowAlpha - p.rows.kernel + 1
    columns = columnAlpha - p.columns.kernel + 1
    (self.top, self.left, self.height, self.width) = (top, left, height, width)
  }

  var down: Int { (height + rows - 1) / rows }
  var across: Int { (width + columns - 1) / columns }

  /// Windows of the Fourier transform, which a dilated kernel extends over as well.
  init(fourier p: ConvolutionProblem, row: Int, column: Int) {
    isFourier = true
    (alpha, rowAlpha, columnAlpha) = (max(row, column), row, column)
    rows = row == 1 ? 1 : row - p.rows.span + 1
    columns = column == 1 ? 1 : column - p.columns.span + 1
    (top, left, height, width) = (0, 0, p.outputHeight, p.outputWidth)
  }

  /// Tiles of an image in Winograd's domain. Along one axis, what does not fill a tile gets a smaller one: 28 = 3·8 + 4.
  static func cover(_ p: ConvolutionProblem, alpha: Int) -> [Tiles] {
    let (height, width) = (p.outputHeight, p.outputWidth)
    let whole = Tiles(p, alpha: alpha, height: height, width: width)
    guard whole.isFlat else { return [whole] }
    let isVertical = whole.rowAlpha > 1
    let (extent, step) = isVertical ? (height, whole.rows) : (width, whole.columns)
    let rest = extent % step
    let small = rest + max(p.rows.kernel, p.columns.kernel) - 1
    guard rest > 1, extent > step, let other = [4, 6, 8].first(where: { $0 >= small && $0 < alpha }) else { return [whole] }
    let full = extent - rest
    return isVertical
      ? [Tiles(p, alpha: alpha, height: full, width: width), Tiles(p, alpha: other, top: full, height: rest, width: width)]
      : [Tiles(p, alpha: alpha, height: height, width: full), Tiles(p, alpha: other, left: full, height: height, width: rest)]
  }

  /// Products of an input and an output channel.
  var points: Int { isFourier ? kerf_fft_points(rowAlpha, columnAlpha) : rowAlpha * columnAlpha }
  /// Along one axis only.
  var isFlat: Bool { rowAlpha == 1 || columnAlpha == 1 }
}
