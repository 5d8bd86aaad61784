import CKerfKernels
import KerfGraph

/// `y [M, N] = act(x [M, K] · w [K, N] + bias + residual)` on contiguous rows.
struct MatrixProductWork: StepWork {
  private let operands: GemmOperands
  private let rows, depth, columns: Int
  private let input, output: Place
  private let residual: Place?
  /// Rows and panels of a task.
  private let block: Int
  private let ranges: [Range<Int>]
  private static let offsets = FixedBuffer([0])

  init(_ operands: GemmOperands, rows: Int, depth: Int, columns: Int, input: Place, output: Place, residual: Place?) {
    self.operands = operands
    (self.rows, self.depth, self.columns) = (rows, depth, columns)
    (self.input, self.output, self.residual) = (input, output, residual)
    // Four million multiply-adds a task, rows in whole tiles of 14, at most what the second-level cache holds, and enough to stream the weights for.
    let perRow = max(1, depth * columns)
    let wanted = min(4_000_000 / perRow, 128 * 1024 / max(1, depth + columns))
    block = max(1, min(rows, max(56, wanted / 14 * 14)))
    let tasks = (rows + block - 1) / max(1, block)
    ranges = operands.panelRanges(pixelTasks: max(1, tasks), macsPerTask: block * perRow)
  }

  func run(_ frame: Frame) {
    let x = frame.read(input)
    let y = frame.write(output)
    let r = residual.map(frame.read)
    let blocks = (rows + block - 1) / max(1, block)
    let gemm = frame.kernels.gemm
    frame.parallel(blocks * ranges.count) { task, _ in
      let first = task / ranges.count * block
      let range = ranges[task % ranges.count]
      let column = operands.firstColumn(range.lowerBound, isa: frame.isa)
      var g = operands.block(group: 0, panels: range, isa: frame.isa)
      // SAFETY: rows first..<first + g.columns of `x [rows, depth]` are read and of `y [rows, columns]` written, columns from `column` on,
      // g.n of them; the planner gave `input`, `output` and `residual` buffers of these sizes.
      g.rows = 1
      g.columns = min(block, rows - first)
      g.a = x + first * depth
      g.a_row = 0
      g.a_column = depth
      g.offsets = Self.offsets.pointer
      g.kernel_rows = 1
      g.segments = 1
      g.segment_length = depth
      g.top = 0
      g.stride = 1
      g.dilation = 1
      g.height = 1
      g.c = y + first * columns + column
      g.c_row = 0
      g.c_column = columns
      if let r {
        g.epilogue.residual = r + first * columns + column
        g.epilogue.residual_step = columns
      }
      gemm(&g)
    }
  }
}
