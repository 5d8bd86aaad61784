import CKerfKernels
import KerfGraph

/// `y [M, N] = act(x [M, K] · w [K, N] + bias + residual)` on contiguous rows; `x` may lie in parts of equally many columns each.
struct MatrixProductWork: StepWork {
  private let operands: GemmOperands
  private let rows, depth, columns: Int
  private let inputs: [Place]
  private let output: Place
  private let residual: Place?
  /// Rows and panels of a task.
  private let block: Int
  private let ranges: [Range<Int>]

  init(_ operands: GemmOperands, rows: Int, depth: Int, columns: Int, inputs: [Place], output: Place, residual: Place?) {
    self.operands = operands
    (self.rows, self.depth, self.columns) = (rows, depth, columns)
    (self.inputs, self.output, self.residual) = (inputs, output, residual)
    // Four million multiply-adds a task, rows in whole tiles of 14, at most what the second-level cache holds, and enough to stream the weights for.
    let perRow = max(1, depth * columns)
    let wanted = min(4_000_000 / perRow, 128 * 1024 / max(1, depth + columns))
    block = max(1, min(rows, max(56, wanted / 14 * 14)))
    let tasks = (rows + block - 1) / max(1, block)
    ranges = operands.panelRanges(pixelTasks: max(1, tasks), macsPerTask: block * perRow)
  }

  func run(_ frame: Frame) {
    let parts = inputs.map(frame.read)
    guard let x = parts.first else { return }
    // Where the columns of each part lie, seen from the first.
    let offsets = parts.map { x.distance(to: $0) }
    let length = depth / parts.count
    let y = frame.write(output)
    let step = output.view?.pixel ?? columns
    let r = residual.map { (origin: frame.read($0), step: $0.view?.pixel ?? columns) }
    let blocks = (rows + block - 1) / max(1, block)
    let gemm = frame.kernels.gemm
    offsets.withUnsafeBufferPointer { offsets in
      guard let list = offsets.baseAddress else { return }
      // SAFETY: the list is only read, and outlives the call.
      nonisolated(unsafe) let segments = list
      frame.parallel(blocks * ranges.count) { task, _ in
        let first = task / ranges.count * block
        let range = ranges[task % ranges.count]
        let column = operands.firstColumn(range.lowerBound, isa: frame.isa)
        var g = operands.block(group: 0, panels: range, isa: frame.isa)
        // SAFETY: rows first..<first + g.columns of the parts `[rows, length]` are read and of `y [rows, columns]` written, columns from `column`
        // on, g.n of them; the planner gave inputs, output and residual buffers of these sizes.
        g.rows = 1
        g.columns = min(block, rows - first)
        g.a = x + first * length
        g.a_row = 0
        g.a_column = length
        g.offsets = segments
        g.kernel_rows = 1
        g.segments = offsets.count
        g.segment_length = length
        g.top = 0
        g.stride = 1
        g.dilation = 1
        g.height = 1
        g.c = y + first * step + column
        g.c_row = 0
        g.c_column = step
        if let r {
          g.epilogue.residual = r.origin + first * r.step + column
          g.epilogue.residual_step = r.step
        }
        gemm(&g)
      }
    }
  }
}
