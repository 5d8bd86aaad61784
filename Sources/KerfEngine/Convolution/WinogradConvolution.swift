import CKerfKernels
import KerfGraph

/// Convolution with 3, 5 or 7 taps along one or both axes by Winograd's minimal filtering.
///
/// `F(m, r)` makes `m` outputs of `r` taps from `m + r − 1 = alpha` products instead of `m·r`; along both axes the saving is squared. Tiles of the
/// input are transformed, multiplied channel by channel with transformed weights by the GEMM microkernels (`alpha` or `alpha²` products of matrices)
/// and transformed back, a block of tiles at a time. Sums are not the direct ones: errors grow with `alpha`.
/// - Reference: A. Lavin, S. Gray, "Fast Algorithms for Convolutional Neural Networks", 2016.
struct WinogradConvolution: ConvolutionExecution {
  /// Extent of a tile of the input along a transformed axis: 4, 6, 8 or, along one axis only, 10.
  let alpha: Int

  var name: String { "winograd-\(alpha)" }

  func applicability(to problems: [ConvolutionProblem]) -> Applicability {
    let p = problems[0]
    if p.groups != 1 { return .inapplicable("\(p.groups) groups") }
    if !p.isPlain { return .inapplicable("strides or dilations") }
    let kernels = Set([p.rows.kernel, p.columns.kernel]).subtracting([1])
    guard kernels.count == 1, let taps = kernels.first, [3, 5, 7].contains(taps) else {
      return .inapplicable("a kernel of \(p.rows.kernel)×\(p.columns.kernel)")
    }
    if alpha > 8, p.rows.kernel > 1, p.columns.kernel > 1 { return .inapplicable("\(alpha) points along both axes lose too many digits") }
    return alpha - taps + 1 >= 2 ? .applicable : .inapplicable("\(taps) taps are too many for tiles of \(alpha)")
  }

  func error(of problems: [ConvolutionProblem]) -> Double {
    WinogradErrors.stated(alpha: alpha, isFlat: problems[0].rows.kernel == 1 || problems[0].columns.kernel == 1) ?? .infinity
  }

  func cost(of problems: [ConvolutionProblem], _ isa: InstructionSet) -> Double {
    let p = problems[0]
    let tiles = Tiles(p, alpha: alpha)
    let count = Double(p.batch * tiles.down * tiles.across)
    let points = Double(tiles.points)
    func vectors(_ channels: Int) -> Double { Double((channels + isa.lanes - 1) / isa.lanes) }
    let speed = Double(isa.kernels.pointee.multiply_adds) / Double(isa.lanes)
    let products = count * points * Double(p.channels + 2) * vectors(p.outputs) / speed
    // Loads, some dozen additions and the scarce stores of both transforms.
    let transforms = count * points * (tiles.isFlat ? 5 : 8) * (vectors(p.channels) + vectors(p.outputs)) * 16 / Double(isa.lanes)
    // Transformed weights that no cache holds come from memory in every run.
    let bytes = points * Double(p.channels) * vectors(p.outputs) * Double(isa.lanes) * 4
    return max(products + transforms, bytes / 5) + bytes / 20
  }

  func stage(_ layers: [ConvolutionLayer]) -> any RowStage {
    let layer = layers[0]
    let p = layer.problem
    let tiles = Tiles(p, alpha: alpha)
    let weights = layer.cache.object("winograd:\(alpha):\(layer.isa.name):\(layer.key)") {
      PackedWeights(
        winograd: layer.weights, columns: p.outputs, channels: p.channels, kernel: (p.rows.kernel, p.columns.kernel),
        alpha: (tiles.rowAlpha, tiles.columnAlpha), scale: layer.epilogue.scale, isa: layer.isa,
        in: layer.cache, key: layer.key)
    }
    return WinogradStage(p.shape, tiles, GemmOperands(layer.epilogue, weights: weights), isa: layer.isa)
  }

  /// Tiles of an output.
  struct Tiles: Sendable {
    let rowAlpha, columnAlpha: Int
    /// Output rows and columns of a tile.
    let rows, columns: Int
    let down, across: Int

    init(_ p: ConvolutionProblem, alpha: Int) {
      rowAlpha = p.rows.kernel > 1 ? alpha : 1
      columnAlpha = p.columns.kernel > 1 ? alpha : 1
      rows = rowAlpha - p.rows.kernel + 1
      columns = columnAlpha - p.columns.kernel + 1
      down = (p.outputHeight + rows - 1) / rows
      across = (p.outputWidth + columns - 1) / columns
    }

    var points: Int { rowAlpha * columnAlpha }
    /// Along one axis only.
    var isFlat: Bool { rowAlpha == 1 || columnAlpha == 1 }
  }
}

/// Rows of a convolution by Winograd's minimal filtering.
struct WinogradStage: RowStage {
  let shape: StageShape
  private let tiles: WinogradConvolution.Tiles
  private let operands: GemmOperands
  private let isa: InstructionSet
  private let zeros: FixedBuffer<Float>

  init(_ shape: StageShape, _ tiles: WinogradConvolution.Tiles, _ operands: GemmOperands, isa: InstructionSet) {
    (self.shape, self.tiles, self.operands, self.isa) = (shape, tiles, operands, isa)
    zeros = FixedBuffer([Float](repeating: 0, count: (shape.channels + 15) / 16 * 16))
  }

  var quantum: Int { tiles.rows }
  var products: Int { tiles.down * tiles.across * tiles.points * shape.channels * shape.outputs }
  var weightFloats: Int { operands.weights.values.count }
  var panels: Int { operands.weights.panels.count }
  var wantedPixels: Int { tiles.isFlat ? 224 : 28 * tiles.rows * tiles.columns }

  /// Tiles transformed together at most: enough to use the weights well, few enough that the transforms stay in the second-level cache.
  private var mostTiles: Int { tiles.isFlat ? max(28, 128 * 1024 / (tiles.points * shape.channels)) : 28 }

  /// Tiles of a block, where blocks of about the same size make `total`.
  private func blockTiles(_ total: Int) -> Int {
    let most = mostTiles
    let blocks = max(1, (total + most - 1) / most)
    let even = (total + blocks - 1) / blocks
    // A vertical transform runs over whole rows of pixels.
    return tiles.columnAlpha == 1 && even >= tiles.across ? even / tiles.across * tiles.across : even
  }

  func scratch(rows: Int) -> Int {
    kerf_winograd_scratch(
      isa.kernels, tiles.points, min(mostTiles, (rows + tiles.rows - 1) / tiles.rows * tiles.across), shape.channels)
  }

  func run(_ rows: Range<Int>, panels: Range<Int>, _ views: StageViews, scratch: UnsafeMutablePointer<Float>) {
    let block = operands.block(group: 0, panels: panels, isa: isa)
    let column = operands.firstColumn(panels.lowerBound, isa: isa)
    var g = kerf_winograd_f32()
    (g.row_alpha, g.column_alpha) = (tiles.rowAlpha, tiles.columnAlpha)
    (g.row_outputs, g.column_outputs, g.tile_columns) = (tiles.rows, tiles.columns, tiles.across)
    // SAFETY: the tiles of `rows` read the rows that the schedule holds (others count as zeros and are not read) and write `rows` alone, cut at
    // the image's end; `scratch` has the size asked for.
    g.x = views.source.origin
    (g.x_row, g.x_column) = (views.source.row, views.source.pixel)
    (g.height, g.width) = (shape.height, shape.width)
    (g.top, g.left) = (shape.rows.before, shape.columns.before)
    g.channels = shape.channels
    g.zeros = zeros.pointer
    (g.u, g.panels, g.panel_count, g.n) = (block.b, block.panels, block.panel_count, block.n)
    g.c = views.target.origin + column
    (g.c_row, g.c_column) = (views.target.row, views.target.pixel)
    (g.out_height, g.out_width) = (shape.outputHeight, shape.outputWidth)
    g.epilogue = block.epilogue
    if let residual = views.residual {
      g.epilogue.residual = residual.origin + column
      g.epilogue.residual_step = residual.pixel
      g.residual_row = residual.row
    }
    g.scratch = scratch
    let first = rows.lowerBound / tiles.rows * tiles.across
    let end = (rows.upperBound + tiles.rows - 1) / tiles.rows * tiles.across
    let size = blockTiles(end - first)
    for start in stride(from: first, to: end, by: max(1, size)) {
      g.first = start
      g.count = min(size, end - start)
      views.kernels.pointee.winograd(&g)
    }
  }
}

/// How far Winograd's sums are from direct ones, relative to the largest; measured against sums in double, and held to it by tests.
package enum WinogradErrors {
  package static func stated(alpha: Int, isFlat: Bool) -> Double? {
    switch alpha {
    case 4: isFlat ? 5e-7 : 2e-6
    case 6: isFlat ? 2e-6 : 1.2e-5
    case 8: isFlat ? 3e-6 : 2e-5
    case 10: isFlat ? 9e-6 : nil
    default: nil
    }
  }
}
