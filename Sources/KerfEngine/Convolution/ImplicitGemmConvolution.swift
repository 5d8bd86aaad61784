import CKerfKernels
import KerfGraph

/// Any convolution over one or two axes as a matrix product whose left side is the image itself.
///
/// Output row `i` is `Σ` over kernel rows of input row `i·stride + t·dilation − before`: each is a segment that the microkernel walks without a
/// copy (kernel columns and channels are consecutive floats where nothing is dilated or grouped). Kernel rows outside the image are skipped;
/// columns outside are zeros in memory.
struct ImplicitGemmConvolution: ConvolutionExecution {
  let name = "implicit-gemm"

  func applicability(to problems: [ConvolutionProblem]) -> Applicability { .applicable }

  func cost(of problems: [ConvolutionProblem], _ isa: InstructionSet) -> Double {
    let p = problems[0]
    let width = (p.outputsPerGroup + isa.lanes - 1) / isa.lanes * isa.lanes
    // One channel more stands for what starting and storing a tile costs.
    let depth = (p.channelsPerGroup + 1) * p.taps
    return Double(p.batch * p.outputPixels) * Double(p.groups * width * depth) / Double(isa.kernels.pointee.multiply_adds)
  }

  func stage(_ layers: [ConvolutionLayer]) -> any RowStage {
    let layer = layers[0]
    let p = layer.problem
    let operands = GemmOperands(
      layer.weights, columns: p.outputsPerGroup, channels: p.channelsPerGroup, taps: p.taps, groups: p.groups, key: layer.key,
      layer.epilogue, isa: layer.isa, cache: layer.cache)
    return GemmStage(p, operands, isa: layer.isa, kernel: .gemm)
  }
}

/// Rows of a convolution by the GEMM microkernels, or by kernels that take the same argument.
struct GemmStage: RowStage {
  /// `narrow` is for a few output channels; of `bfloat16` each float of the image and the weights is a pair of values.
  enum Kernel { case gemm, narrow, bfloat16 }

  let shape: StageShape
  let margins: (before: Int, after: Int)
  private let problem: ConvolutionProblem
  private let operands: GemmOperands
  private let isa: InstructionSet
  private let kernel: Kernel

  init(_ p: ConvolutionProblem, _ operands: GemmOperands, isa: InstructionSet, kernel: Kernel) {
    problem = p
    shape = p.shape
    self.operands = operands
    self.isa = isa
    self.kernel = kernel
    margins = (p.columns.before, p.overhang)
  }

  /// Segments of a kernel row, and floats of a segment: the columns are one segment where their channels are consecutive floats.
  private func segments(_ pixel: Int) -> (count: Int, length: Int) {
    let columns = shape.columns
    let whole = columns.kernel == 1 || problem.groups == 1 && columns.dilation == 1 && pixel == shape.channels
    return whole ? (1, columns.kernel * problem.channelsPerGroup) : (columns.kernel, problem.channelsPerGroup)
  }

  var products: Int { problem.outputPixels * problem.macsPerPixel }
  var weightFloats: Int { operands.weights.values.count }
  var panels: Int { operands.weights.panels.count }

  func run(_ rows: Range<Int>, panels: Range<Int>, _ views: StageViews, scratch: UnsafeMutablePointer<Float>) {
    let views = FloatViews(views)
    let (source, target) = (views.source, views.target)
    let top = rows.lowerBound * shape.rows.stride - shape.rows.before
    let gemm =
      switch kernel {
      case .gemm: views.kernels.pointee.gemm
      case .narrow: views.kernels.pointee.narrow
      case .bfloat16: views.bfloat16?.pointee.gemm
      }
    guard let gemm else { preconditionFailure("kernels on bfloat16 values run where the processor has them") }
    let first = operands.firstColumn(panels.lowerBound, isa: isa)
    let (segments, length) = segments(source.pixel)
    withUnsafeTemporaryAllocation(of: Int.self, capacity: max(1, shape.rows.kernel * segments)) { offsets in
      guard let list = offsets.baseAddress else { return }
      for t in 0..<shape.rows.kernel {
        for u in 0..<segments {
          offsets[t * segments + u] = t * shape.rows.dilation * source.row + u * shape.columns.dilation * source.pixel
        }
      }
      for group in 0..<problem.groups {
        var g = operands.block(group: group, panels: panels, isa: isa)
        // SAFETY: the kernel skips input rows outside 0..<height; the source holds the others, with its margins. The target holds `rows`.
        g.rows = rows.count
        g.columns = shape.outputWidth
        g.a = source.origin + (top * source.row - shape.columns.before * source.pixel + group * problem.channelsPerGroup)
        g.a_row = shape.rows.stride * source.row
        g.a_column = shape.columns.stride * source.pixel
        g.offsets = UnsafePointer(list)
        g.kernel_rows = shape.rows.kernel
        g.segments = segments
        g.segment_length = length
        g.top = top
        g.stride = shape.rows.stride
        g.dilation = shape.rows.dilation
        g.height = shape.height
        g.announce = views.targetIsFar ? 1 : 0
        g.c = target.origin + (rows.lowerBound * target.row + first + group * problem.outputsPerGroup)
        g.c_row = target.row
        g.c_column = target.pixel
        if let residual = views.residual {
          g.epilogue.residual = residual.origin + (rows.lowerBound * residual.row + first + group * problem.outputsPerGroup)
          g.epilogue.residual_step = residual.pixel
          g.residual_row = residual.row
        }
        let joined = joins(views)
        if joined {
          g.columns *= rows.count
          g.rows = 1
          g.top = 0
          g.height = 1
        }
        let total = joined ? g.columns : g.rows
        let size = block(of: total, panels: panels.count, joined: joined)
        for start in stride(from: 0, to: total, by: size) {
          let count = min(size, total - start)
          if joined { g.columns = count } else { g.rows = count }
          gemm(&g)
          g.a = g.a.map { $0 + count * (joined ? g.a_column : g.a_row) }
          g.c = g.c.map { $0 + count * (joined ? g.c_column : g.c_row) }
          g.epilogue.residual = g.epilogue.residual.map { $0 + count * (joined ? g.epilogue.residual_step : g.residual_row) }
          if !joined { g.top += count * g.stride }
        }
      }
    }
  }

  /// How many rows (joined: pixels) one call of the kernel takes: every panel of weights walks over all of them, so where there are several
  /// panels the pixels stay in the second-level cache meanwhile, unless the weights would have to come there again and again instead.
  private func block(of total: Int, panels: Int, joined: Bool) -> Int {
    if panels == 1 || operands.weights.depth > 2048 { return max(1, total) }
    let room = 64 * 1024
    if joined { return max(112, room / (shape.channels + shape.outputs) / 28 * 28) }
    let row = shape.rows.stride * shape.width * shape.channels + shape.outputWidth * shape.outputs
    return max(1, (112 + shape.outputWidth - 1) / shape.outputWidth, room / row)
  }

  /// Whether rows follow each other without gaps and windows are single pixels: then they are one long row.
  private func joins(_ views: FloatViews) -> Bool {
    problem.taps == 1 && shape.rows == .single && shape.columns == .single && views.source.row == shape.width * views.source.pixel
      && views.target.row == shape.outputWidth * views.target.pixel
      && (views.residual.map { $0.row == shape.outputWidth * $0.pixel } ?? true)
  }
}
