import CKerfKernels

/// Rows of a convolution by tiles that are transformed, multiplied point by point and transformed back.
struct TileStage: RowStage {
  let shape: StageShape
  /// What tiles of one size make, the larger ones first.
  private let parts: [(tiles: Tiles, operands: GemmOperands)]
  private let main: Tiles
  private let isa: InstructionSet
  private let zeros: FixedBuffer<Float>
  private let roots: FixedBuffer<Float>?

  init(_ shape: StageShape, _ parts: [(Tiles, GemmOperands)], isa: InstructionSet) {
    precondition(!parts.isEmpty)
    (self.shape, self.parts, self.isa) = (shape, parts, isa)
    main = parts[0].0
    zeros = FixedBuffer([Float](repeating: 0, count: (shape.channels + 15) / 16 * 16))
    // SAFETY: the function writes so many floats.
    roots = main.isFourier ? FixedBuffer(count: 2 * Int(KERF_FFT_ROOTS)) { $0.baseAddress.map(kerf_fft_roots) } : nil
  }

  var quantum: Int { main.rows }
  var products: Int { parts.reduce(0) { $0 + $1.tiles.down * $1.tiles.across * $1.tiles.points } * shape.channels * shape.outputs }
  var weightFloats: Int { parts.reduce(0) { $0 + $1.operands.weights.values.count } }
  var panels: Int { parts[0].operands.weights.panels.count }
  var wantedPixels: Int { main.isFlat ? 224 : 28 * main.rows * main.columns }

  /// Tiles transformed together at most: enough to use the weights well, few enough that the transforms stay in the second-level cache.
  ///
  /// A tile of the Fourier transform is large: as few as the product's microkernels take at once.
  private func mostTiles(_ tiles: Tiles) -> Int {
    if tiles.isFourier { return FourierConvolution.blockTiles }
    return tiles.isFlat ? max(28, 128 * 1024 / (tiles.points * shape.channels)) : 28
  }

  /// Tiles of a block, where blocks of about the same size make `total`.
  private func blockTiles(_ tiles: Tiles, _ total: Int) -> Int {
    let most = mostTiles(tiles)
    let blocks = max(1, (total + most - 1) / most)
    let even = (total + blocks - 1) / blocks
    // A vertical transform runs over whole rows of pixels.
    return tiles.columnAlpha == 1 && even >= tiles.across ? even / tiles.across * tiles.across : even
  }

  func scratch(rows: Int) -> Int {
    parts.map { tiles, _ in
      let count = min(mostTiles(tiles), (rows + tiles.rows - 1) / tiles.rows * tiles.across)
      return (tiles.isFourier ? isa.kernels.pointee.fft_scratch : isa.kernels.pointee.winograd_scratch)(
        tiles.points, count, shape.channels)
    }.max() ?? 0
  }

  func run(_ rows: Range<Int>, panels: Range<Int>, _ views: StageViews, scratch: UnsafeMutablePointer<Float>) {
    let views = FloatViews(views)
    for (tiles, operands) in parts {
      let own = rows.clamped(to: tiles.top..<tiles.top + tiles.height)
      if !own.isEmpty { run(own, tiles, operands, panels, views, scratch) }
    }
  }

  private func run(
    _ rows: Range<Int>, _ tiles: Tiles, _ operands: GemmOperands, _ panels: Range<Int>, _ views: FloatViews,
    _ scratch: UnsafeMutablePointer<Float>
  ) {
    let block = operands.block(group: 0, panels: panels, isa: isa)
    let column = operands.firstColumn(panels.lowerBound, isa: isa)
    var g = kerf_winograd_f32()
    (g.row_alpha, g.column_alpha) = (tiles.rowAlpha, tiles.columnAlpha)
    (g.row_outputs, g.column_outputs, g.tile_columns) = (tiles.rows, tiles.columns, tiles.across)
    // SAFETY: the tiles of `rows` read the rows that the schedule holds (others count as zeros and are not read) and write `rows` alone, cut at
    // the end of what these tiles make; `scratch` has the size asked for.
    g.x = views.source.origin
    (g.x_row, g.x_column) = (views.source.row, views.source.pixel)
    (g.height, g.width) = (shape.height, shape.width)
    (g.top, g.left) = (shape.rows.before - tiles.top, shape.columns.before - tiles.left)
    g.channels = shape.channels
    g.zeros = zeros.pointer
    (g.u, g.panels, g.panel_count, g.n) = (block.b, block.panels, block.panel_count, block.n)
    g.c = views.target.origin + (tiles.top * views.target.row + tiles.left * views.target.pixel + column)
    (g.c_row, g.c_column) = (views.target.row, views.target.pixel)
    (g.out_height, g.out_width) = (tiles.height, tiles.width)
    g.epilogue = block.epilogue
    if let residual = views.residual {
      g.epilogue.residual = residual.origin + (tiles.top * residual.row + tiles.left * residual.pixel + column)
      g.epilogue.residual_step = residual.pixel
      g.residual_row = residual.row
    }
    g.scratch = scratch
    g.roots = roots?.pointer
    let first = (rows.lowerBound - tiles.top) / tiles.rows * tiles.across
    let end = (rows.upperBound - tiles.top + tiles.rows - 1) / tiles.rows * tiles.across
    let size = blockTiles(tiles, end - first)
    for start in stride(from: first, to: end, by: max(1, size)) {
      g.first = start
      g.count = min(size, end - start)
      if tiles.isFourier { views.kernels.pointee.fft(&g) } else { views.kernels.pointee.winograd(&g) }
    }
  }
}
