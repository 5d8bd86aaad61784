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
  /// Output rows of a task.
  private let block: Int
  private let blocks: Int
  private let ranges: [Range<Int>]
  /// Segments of a kernel row, and floats of a segment.
  private let segments, length: Int
  private let offsets: FixedBuffer<Int>
  /// Whether rows are copied with zeros at their ends, and pixels of a copied row.
  private let pads: Bool
  private let paddedWidth: Int

  var scratch: Int { pads ? inputRows(block) * paddedWidth * problem.channels : 0 }

  init(_ layer: ConvolutionLayer) {
    let p = layer.problem
    problem = p
    (input, output, residual) = (layer.input, layer.output, layer.residual)
    operands = GemmOperands(
      layer.weights, columns: p.outputsPerGroup, channels: p.channelsPerGroup, taps: p.taps, groups: p.groups, key: layer.key,
      layer.epilogue, isa: layer.isa, cache: layer.cache)
    pads = p.columns.before > 0 || p.overhang > 0
    paddedWidth = pads ? p.columns.before + p.width + p.overhang : p.width
    let whole = p.groups == 1 && p.columns.dilation == 1
    segments = whole ? 1 : p.columns.kernel
    length = whole ? p.columns.kernel * p.channels : p.channelsPerGroup
    let (channels, pitch, count) = (p.channels, paddedWidth * p.channels, segments)
    offsets = FixedBuffer(
      (0..<p.rows.kernel).flatMap { t in
        (0..<count).map { u in t * p.rows.dilation * pitch + u * p.columns.dilation * channels }
      })
    // A task: about two million multiply-adds, and no more rows than the second-level cache holds.
    let rowMacs = max(1, p.outputWidth * p.macsPerPixel)
    let rowFloats = max(1, p.width * p.channels * p.rows.stride + p.outputWidth * p.outputs)
    let wanted = max(1, min(p.outputHeight, max(2_000_000 / rowMacs, 1), max(96 * 1024 / rowFloats, 4)))
    blocks = (p.outputHeight + wanted - 1) / wanted
    block = (p.outputHeight + blocks - 1) / max(1, blocks)
    ranges = operands.panelRanges(pixelTasks: max(1, p.batch * blocks), macsPerTask: block * rowMacs)
  }

  /// Input rows that `rows` output rows span.
  private func inputRows(_ rows: Int) -> Int { (rows - 1) * problem.rows.stride + problem.rows.span }

  func run(_ frame: Frame) {
    let p = problem
    let x = frame.read(input), y = frame.write(output), r = residual.map(frame.read)
    let gemm = frame.kernels.gemm
    frame.parallel(p.batch * blocks * ranges.count) { task, scratch in
      let range = ranges[task % ranges.count]
      let image = task / ranges.count / blocks
      let first = task / ranges.count % blocks * block
      let rows = min(block, p.outputHeight - first)
      guard rows > 0 else { return }
      let top = first * p.rows.stride - p.rows.before
      let source = x + image * p.height * p.width * p.channels
      let pitch = paddedWidth * p.channels
      // SAFETY: the kernel skips input rows outside 0..<height, so from `source` only rows of the image are read and from `scratch` only
      // rows that `copyPadded` filled (scratch holds the rows that `block` output rows span); columns reach at most to the padded width.
      // `y` and `r` hold batch·outputHeight·outputWidth·outputs floats.
      let a: UnsafePointer<Float>
      if pads {
        copyPadded(source, top: top, rows: inputRows(rows), to: scratch)
        a = UnsafePointer(scratch)
      } else {
        a = source + top * pitch
      }
      let start = (image * p.outputHeight + first) * p.outputWidth * p.outputs + operands.firstColumn(range.lowerBound, isa: frame.isa)
      for group in 0..<p.groups {
        var g = operands.block(group: group, panels: range, isa: frame.isa)
        g.rows = rows
        g.columns = p.outputWidth
        g.a = a + group * p.channelsPerGroup
        g.a_row = p.rows.stride * pitch
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

  /// Copies the input rows `top..<top + rows` that lie in the image, with zeros left and right.
  private func copyPadded(_ source: UnsafePointer<Float>, top: Int, rows: Int, to scratch: UnsafeMutablePointer<Float>) {
    let p = problem
    let left = p.columns.before * p.channels
    let row = p.width * p.channels
    let right = p.overhang * p.channels
    for y in max(0, top)..<max(max(0, top), min(p.height, top + rows)) {
      let to = scratch + (y - top) * (left + row + right)
      // SAFETY: row `y` is inside the image; a row of the scratch has left + row + right floats.
      to.update(repeating: 0, count: left)
      (to + left).update(from: source + y * row, count: row)
      (to + left + row).update(repeating: 0, count: right)
    }
  }
}
