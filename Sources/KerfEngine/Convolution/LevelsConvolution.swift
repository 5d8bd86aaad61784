import CKerfKernels
import KerfGraph

/// Any convolution of levels over one or two axes as a matrix product of bytes whose left side is the image itself; sums are exact.
struct LevelsConvolution: ConvolutionExecution {
  let name = "implicit-gemm-u8"
  let onLevels = true
  /// `255·128` times so many products fit into 32 bits.
  static let deepest = 65_000

  func applicability(to problems: [ConvolutionProblem]) -> Applicability {
    let depth = problems[0].channelsPerGroup * problems[0].taps
    return depth <= Self.deepest ? .applicable : .inapplicable("sums of \(depth) products may not fit into 32 bits")
  }

  func cost(of problems: [ConvolutionProblem], _ isa: InstructionSet) -> Double {
    let p = problems[0]
    let lanes = isa.bytes.pointee.lanes
    let width = (p.outputsPerGroup + lanes - 1) / lanes * lanes
    // A few products more stand for what starting and storing a tile costs.
    let depth = (p.channelsPerGroup + 8) * p.taps
    return Double(p.batch * p.outputPixels) * Double(p.groups * width * depth) / Double(isa.bytes.pointee.multiply_adds)
  }

  func stage(_ layers: [ConvolutionLayer]) -> any RowStage {
    guard let stage = LevelsGemmStage(layers[0]) else { preconditionFailure("a convolution of levels has operands") }
    return stage
  }
}

/// Rows of a convolution of levels by the GEMM microkernels on bytes.
struct LevelsGemmStage: RowStage {
  let shape: StageShape
  let margins: (before: Int, after: Int)
  let margin: UInt8
  private let problem: ConvolutionProblem
  private let weights: PackedLevels
  private let epilogue: LevelsEpilogue
  private let scale, bias: FixedBuffer<Float>
  private let slope: FixedBuffer<Float>?
  private let lanes: Int
  /// Whether the taps of a kernel row are one segment.
  private let wholeRows: Bool

  init?(_ layer: ConvolutionLayer) {
    guard let operands = layer.levels else { return nil }
    let p = layer.problem
    (problem, shape) = (p, p.shape)
    wholeRows = p.columns.kernel > 1 && p.groups == 1 && p.columns.dilation == 1
    // Segments of odd lengths are packed for pixels that follow each other: a copy sees to that.
    margins = (p.columns.before, max(p.overhang, wholeRows && p.shape.channels % 4 != 0 ? 1 : 0))
    margin = UInt8(operands.input.zero)
    lanes = layer.isa.bytes.pointee.lanes
    let wholeRows = wholeRows
    weights = layer.cache.object("levels:\(layer.isa.bytes.pointee.name):\(wholeRows):\(operands.input):\(layer.key)") {
      PackedLevels(p, operands, wholeRows: wholeRows, isa: layer.isa, cache: layer.cache, key: layer.key)
    }
    epilogue = LevelsEpilogue(layer, operands)
    scale = weights.padded(epilogue.scale)
    bias = weights.padded(epilogue.bias)
    slope = epilogue.slope.map(weights.padded)
  }

  var elements: (input: Int, output: Int) { (1, problem.toLevels ? 1 : 4) }
  var products: Int { problem.outputPixels * problem.macsPerPixel }
  var weightFloats: Int { weights.values.count / 4 }
  var panels: Int { weights.panels.count }

  func run(_ rows: Range<Int>, panels: Range<Int>, _ views: StageViews, scratch: UnsafeMutablePointer<Float>) {
    let element = elements.output
    let (source, target) = (views.source, views.target)
    let top = rows.lowerBound * shape.rows.stride - shape.rows.before
    let first = weights.panels[..<panels.lowerBound].reduce(0) { $0 + Int($1) } * lanes
    let whole = shape.columns.kernel == 1 || wholeRows && source.pixel == shape.channels
    let segments = whole ? 1 : shape.columns.kernel
    withUnsafeTemporaryAllocation(of: Int.self, capacity: max(1, shape.rows.kernel * segments)) { offsets in
      guard let list = offsets.baseAddress else { return }
      for t in 0..<shape.rows.kernel {
        for u in 0..<segments {
          offsets[t * segments + u] = t * shape.rows.dilation * source.row + u * shape.columns.dilation * source.pixel
        }
      }
      for group in 0..<problem.groups {
        var g = kerf_gemm_u8()
        let column = group * weights.width + first
        // SAFETY: the kernel skips input rows outside 0..<height; the source holds the others, with its margins, and bytes behind that may be
        // read. The target holds `rows`. Weights and what stands beside them are padded to whole panels.
        g.b = weights.values.pointer + column * weights.depth
        g.panels = weights.panelBytes.pointer + panels.lowerBound
        g.panel_count = panels.count
        g.n =
          panels.upperBound < weights.panels.count
          ? weights.panels[panels].reduce(0) { $0 + Int($1) } * lanes : weights.columns - first
        g.epilogue = epilogue.kernel
        g.epilogue.start = weights.start.pointer + column
        g.epilogue.scale = scale.pointer + column
        g.epilogue.bias = bias.pointer + column
        g.epilogue.slope = slope.map { $0.pointer + column }
        g.outside = weights.outside.pointer + column
        g.outside_step = weights.groups * weights.width
        g.rows = rows.count
        g.columns = shape.outputWidth
        let origin = top * source.row - shape.columns.before * source.pixel + group * problem.channelsPerGroup
        g.a = (source.origin + origin).assumingMemoryBound(to: UInt8.self)
        g.a_row = shape.rows.stride * source.row
        g.a_column = shape.columns.stride * source.pixel
        g.offsets = UnsafePointer(list)
        g.kernel_rows = shape.rows.kernel
        g.segments = segments
        g.segment_length = (whole ? shape.columns.kernel : 1) * problem.channelsPerGroup
        (g.top, g.stride, g.dilation, g.height) = (top, shape.rows.stride, shape.rows.dilation, shape.height)
        let place = first + group * problem.outputsPerGroup
        var c = target.origin + (rows.lowerBound * target.row + place * element)
        g.c = c
        (g.c_row, g.c_column) = (target.row / element, target.pixel / element)
        var residual = views.residual.map { $0.origin + (rows.lowerBound * $0.row + place * element) }
        g.epilogue.residual = residual
        g.epilogue.residual_step = (views.residual?.pixel ?? 0) / element
        g.residual_row = (views.residual?.row ?? 0) / element
        let joined = joins(views)
        if joined {
          g.columns *= rows.count
          (g.rows, g.top, g.height) = (1, 0, 1)
        }
        let total = joined ? g.columns : g.rows
        let size = block(of: total, panels: panels.count, joined: joined)
        for start in stride(from: 0, to: total, by: size) {
          let count = min(size, total - start)
          if joined { g.columns = count } else { g.rows = count }
          views.isa.bytes.pointee.gemm(&g)
          g.a = g.a.map { $0 + count * (joined ? g.a_column : g.a_row) }
          c += count * (joined ? target.pixel : target.row)
          g.c = c
          residual = residual.map { $0 + count * (joined ? views.residual?.pixel ?? 0 : views.residual?.row ?? 0) }
          g.epilogue.residual = residual
          if !joined { g.top += count * g.stride }
        }
      }
    }
  }

  /// How many rows (joined: pixels) one call of the kernel takes: as for floats, the pixels stay in the second-level cache while the panels walk
  /// over them.
  private func block(of total: Int, panels: Int, joined: Bool) -> Int {
    if panels == 1 || weights.depth > 8192 { return max(1, total) }
    let room = 256 * 1024
    let pixel = shape.channels + shape.outputs * elements.output
    if joined { return max(112, room / pixel / 28 * 28) }
    let row = shape.rows.stride * shape.width * shape.channels + shape.outputWidth * shape.outputs * elements.output
    return max(1, (112 + shape.outputWidth - 1) / shape.outputWidth, room / row)
  }

  /// Whether rows follow each other without gaps and windows are single pixels: then they are one long row.
  private func joins(_ views: StageViews) -> Bool {
    problem.taps == 1 && shape.rows == .single && shape.columns == .single && views.source.row == shape.width * views.source.pixel
      && views.target.row == shape.outputWidth * views.target.pixel
      && (views.residual.map { $0.row == shape.outputWidth * $0.pixel } ?? true)
  }
}
