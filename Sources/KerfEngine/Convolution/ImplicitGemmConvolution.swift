import CKerfKernels
import KerfGraph

/// Any convolution over one or two axes as a matrix product whose left side is the image itself.
///
/// Output row `i` is `Σ` over kernel rows of input row `i·stride + t·dilation − before`: each is a segment that the microkernel walks without a
/// copy (kernel columns and channels are consecutive floats where nothing is dilated or grouped). Kernel rows outside the image are skipped. Only
/// where windows stick out to the left or right are the rows of a block first copied with zeros at their ends.
struct ImplicitGemmConvolution: ConvolutionExecution {
  static let name = "implicit-gemm"

  static func applicability(to problem: ConvolutionProblem) -> Applicability { .applicable }

  static func cost(of problem: ConvolutionProblem, _ isa: InstructionSet) -> Double {
    let width = (problem.outputsPerGroup + isa.lanes - 1) / isa.lanes * isa.lanes
    // One channel more stands for what starting and storing a tile costs.
    let depth = (problem.channelsPerGroup + 1) * problem.taps
    return Double(problem.batch * problem.outputPixels) * Double(problem.groups * width * depth) / Double(isa.kernels.pointee.multiply_adds)
  }

  private let problem: ConvolutionProblem
  private let operands: GemmOperands
  private let input, output: Place
  private let residual: Place?
  private let tiles: ConvolutionTiles
  private let ranges: [Range<Int>]
  /// Segments of a kernel row, and floats of a segment.
  private let segments, length: Int
  private let offsets: FixedBuffer<Int>
  /// Whether the input of a tile is copied with zeros at its ends, and pixels of a row that the kernel walks over.
  private let pads: Bool
  private let pitch: Int
  /// Whether the kernel for a few output channels runs.
  private let isNarrow: Bool

  var scratch: Int { pads ? inputRows(tiles.rows) * pitch * problem.channels : 0 }

  init(_ layer: ConvolutionLayer) {
    let p = layer.problem
    let operands = GemmOperands(
      layer.weights, columns: p.outputsPerGroup, channels: p.channelsPerGroup, taps: p.taps, groups: p.groups, key: layer.key,
      layer.epilogue, isa: layer.isa, cache: layer.cache)
    self.init(layer, operands, isNarrow: false)
  }

  init(_ layer: ConvolutionLayer, _ operands: GemmOperands, isNarrow: Bool) {
    let p = layer.problem
    problem = p
    self.operands = operands
    self.isNarrow = isNarrow
    (input, output, residual) = (layer.input, layer.output, layer.residual)
    tiles = ConvolutionTiles(p)
    pads = p.columns.before > 0 || p.overhang > 0
    pitch = pads ? (tiles.columns - 1) * p.columns.stride + p.columns.span : p.width
    let whole = p.groups == 1 && p.columns.dilation == 1
    segments = whole ? 1 : p.columns.kernel
    length = whole ? p.columns.kernel * p.channels : p.channelsPerGroup
    let (channels, row, count) = (p.channels, pitch * p.channels, segments)
    offsets = FixedBuffer(
      (0..<p.rows.kernel).flatMap { t in
        (0..<count).map { u in t * p.rows.dilation * row + u * p.columns.dilation * channels }
      })
    ranges = operands.panelRanges(pixelTasks: max(1, p.batch * tiles.count), macsPerTask: tiles.rows * tiles.columns * p.macsPerPixel)
  }

  /// Input rows that `rows` output rows span.
  private func inputRows(_ rows: Int) -> Int { (rows - 1) * problem.rows.stride + problem.rows.span }

  func run(_ frame: Frame) {
    let p = problem
    let x = frame.read(input)
    let y = frame.write(output)
    let r = residual.map(frame.read)
    let gemm = isNarrow ? frame.kernels.narrow : frame.kernels.gemm
    frame.parallel(p.batch * tiles.count * ranges.count) { task, scratch in
      let range = ranges[task % ranges.count]
      let image = task / ranges.count / tiles.count
      let tile = tiles[task / ranges.count % tiles.count]
      let top = tile.rows.lowerBound * p.rows.stride - p.rows.before
      let left = tile.columns.lowerBound * p.columns.stride - p.columns.before
      let source = x + image * p.height * p.width * p.channels
      // SAFETY: the kernel skips input rows outside 0..<height, so from `source` only rows of the image are read and from `scratch` only
      // rows that `copyPadded` filled (scratch holds the rows that `tiles.rows` output rows span); columns stay inside the image or the pitch.
      // `y` and `r` hold batch·outputHeight·outputWidth·outputs floats.
      let a: UnsafePointer<Float>
      if pads {
        copyPadded(source, top: top, rows: inputRows(tile.rows.count), left: left, to: scratch)
        a = UnsafePointer(scratch)
      } else {
        a = source + (top * p.width + left) * p.channels
      }
      let pixel = (image * p.outputHeight + tile.rows.lowerBound) * p.outputWidth + tile.columns.lowerBound
      let start = pixel * p.outputs + operands.firstColumn(range.lowerBound, isa: frame.isa)
      for group in 0..<p.groups {
        var g = operands.block(group: group, panels: range, isa: frame.isa)
        g.rows = tile.rows.count
        g.columns = tile.columns.count
        g.a = a + group * p.channelsPerGroup
        g.a_row = p.rows.stride * pitch * p.channels
        g.a_column = p.columns.stride * p.channels
        g.offsets = offsets.pointer
        g.kernel_rows = p.rows.kernel
        g.segments = segments
        g.segment_length = length
        g.top = top
        g.stride = p.rows.stride
        g.dilation = p.rows.dilation
        g.height = p.height
        g.c = y + start + group * p.outputsPerGroup
        g.c_row = p.outputWidth * p.outputs
        g.c_column = p.outputs
        if let r {
          g.epilogue.residual = r + start + group * p.outputsPerGroup
          g.epilogue.residual_step = p.outputs
          g.residual_row = g.c_row
        }
        gemm(&g)
      }
    }
  }

  /// Copies input rows `top..<top + rows` as far as they lie in the image, columns `left..<left + pitch` with zeros outside it.
  private func copyPadded(_ source: UnsafePointer<Float>, top: Int, rows: Int, left: Int, to scratch: UnsafeMutablePointer<Float>) {
    let p = problem
    let before = min(pitch, max(0, -left))
    let first = max(0, left)
    let count = max(0, min(p.width, left + pitch) - first)
    for y in max(0, top)..<max(max(0, top), min(p.height, top + rows)) {
      let to = scratch + (y - top) * pitch * p.channels
      // SAFETY: row `y` and columns first..<first + count are inside the image; before + count ≤ pitch, the length of a scratch row.
      to.update(repeating: 0, count: before * p.channels)
      (to + before * p.channels).update(from: source + (y * p.width + first) * p.channels, count: count * p.channels)
      (to + (before + count) * p.channels).update(repeating: 0, count: (pitch - before - count) * p.channels)
    }
  }
}
