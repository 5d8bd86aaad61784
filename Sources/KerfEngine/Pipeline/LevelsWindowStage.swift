import CKerfKernels
import KerfGraph

/// Walks a window over images of levels for depthwise convolution and pooling.
struct LevelsWindowStage: RowStage {
  enum Operation: Sendable {
    case depthwise(DepthwiseLevels)
    case max
    /// Averages of levels that become levels of another scale: sums times `scale` plus `bias`, for windows that are whole.
    case average(AverageLevels)
  }

  let shape: StageShape
  let operation: Operation
  let toLevels: Bool
  private let walk: WindowWalk

  init(_ shape: StageShape, _ operation: Operation, toLevels: Bool) {
    (self.shape, self.operation, self.toLevels) = (shape, operation, toLevels)
    walk = WindowWalk(shape)
  }

  var elements: (input: Int, output: Int) { (1, toLevels ? 1 : 4) }

  var products: Int {
    guard case .depthwise = operation else { return 0 }
    return shape.outputHeight * shape.outputWidth * shape.channels * shape.rows.kernel * shape.columns.kernel
  }

  func run(_ rows: Range<Int>, panels: Range<Int>, _ views: StageViews, scratch: UnsafeMutablePointer<Float>) {
    let element = elements.output
    var form = kerf_window_u8()
    form.channels = shape.channels
    form.a_row = shape.rows.stride * views.source.row
    form.a_column = shape.columns.stride * views.source.pixel
    form.tap_row = shape.rows.dilation * views.source.row
    form.tap_column = shape.columns.dilation * views.source.pixel
    (form.kernel_rows, form.kernel_columns) = (shape.rows.kernel, shape.columns.kernel)
    (form.c_row, form.c_column) = (views.target.row / element, views.target.pixel / element)
    var op = KERF_WINDOW_U8_MAX
    switch operation {
    case .max: break
    case .average(let operands):
      op = KERF_WINDOW_U8_SUM
      form.epilogue = operands.epilogue
    case .depthwise(let operands):
      op = KERF_WINDOW_U8_DEPTHWISE
      form.w = operands.weights.pointer
      form.w_step = operands.joined * shape.channels
      form.pad = operands.zero
      form.epilogue = operands.epilogue
      form.epilogue.residual_step = (views.residual?.pixel ?? 0) / element
      form.residual_row = (views.residual?.row ?? 0) / element
    }
    let joined = joined(views)
    walk.pieces(of: rows) { piece in
      // Pixels taken as one, and those that are left over.
      let together = piece.columns.count - piece.columns.count % joined
      if together > 0 { run(piece, piece.columns.prefix(together), joined: joined, form, op, views) }
      if together < piece.columns.count { run(piece, piece.columns.dropFirst(together), joined: 1, form, op, views) }
    }
  }

  /// Pixels that the kernel may take as one: those that follow each other without gaps, in and out.
  private func joined(_ views: StageViews) -> Int {
    guard case .depthwise(let operands) = operation, shape.columns.stride == 1, views.source.pixel == shape.channels,
      views.target.pixel == shape.channels * elements.output, views.residual.map({ $0.pixel == views.target.pixel }) ?? true
    else { return 1 }
    return operands.joined
  }

  /// Some columns of a piece, `joined` pixels taken as one.
  private func run(
    _ piece: WindowWalk.Piece, _ columns: Range<Int>, joined: Int, _ form: kerf_window_u8, _ op: kerf_window_u8_op, _ views: StageViews
  ) {
    var g = form
    // SAFETY: rows top + t·dilation for t in tapRows and columns left + u·dilation for u in tapColumns lie in the image for all pixels of the
    // piece; `a` itself may lie outside and is only an origin.
    (g.rows, g.columns) = (piece.rows.count, columns.count / joined)
    if joined > 1 {
      g.channels *= joined
      (g.a_column, g.c_column, g.epilogue.residual_step) = (g.channels, g.channels, g.channels)
    }
    let left = piece.left + (columns.lowerBound - piece.columns.lowerBound) * shape.columns.stride
    g.a = (views.source.origin + (piece.top * views.source.row + left * views.source.pixel)).assumingMemoryBound(to: UInt8.self)
    (g.first_row, g.last_row) = (piece.tapRows.lowerBound, piece.tapRows.upperBound)
    (g.first_column, g.last_column) = (piece.tapColumns.lowerBound, piece.tapColumns.upperBound)
    let (i, j) = (piece.rows.lowerBound, columns.lowerBound)
    g.c = views.target.origin + (i * views.target.row + j * views.target.pixel)
    g.epilogue.residual = views.residual.map { $0.origin + (i * $0.row + j * $0.pixel) }
    guard case .average(let operands) = operation else {
      views.isa.bytes.pointee.window(&g, op)
      return
    }
    operands.withEpilogue(positions: piece.positions) { epilogue in
      g.epilogue = epilogue
      views.isa.bytes.pointee.window(&g, op)
    }
  }
}

extension LevelsWindowStage {
  /// A pooling of levels; `nil` where the largest levels would have to be of another scale.
  init?(_ shape: StageShape, _ operation: WindowStage.Operation, _ input: Levels, _ output: Levels) {
    switch operation {
    case .depthwise: return nil
    case .max:
      guard input == output else { return nil }
      self.init(shape, .max, toLevels: true)
    case .average(let countsPadding):
      let all = shape.rows.kernel * shape.columns.kernel
      func extents(_ axis: Window.Axis, _ input: Int, _ output: Int) -> Set<Int> {
        Set(
          (0..<output).map { i in
            let (_, first, last) = axis.inside(i, extent: input)
            return last - first
          })
      }
      let columns = extents(shape.columns, shape.width, shape.outputWidth)
      let counts = Set(extents(shape.rows, shape.height, shape.outputHeight).flatMap { down in columns.map { down * $0 } })
      let levels = AverageLevels(input, output, whole: countsPadding ? all : 0, counts: counts, channels: shape.channels)
      self.init(shape, .average(levels), toLevels: true)
    }
  }
}

/// Averages of levels: `y = (Σ x / count − zₓ)·sₓ / s_y + z_y`.
struct AverageLevels: Sendable {
  let input: Levels
  /// `nil`: floats.
  let output: Levels?
  /// Positions of a whole window; 0: those inside the image count.
  let whole: Int
  private let start: FixedBuffer<Int32>
  private let scales, biases: [Int: FixedBuffer<Float>]
  private let channels: Int

  /// - Parameter counts: how many positions a window may have inside.
  init(_ input: Levels, _ output: Levels?, whole: Int, counts: Set<Int>, channels: Int) {
    (self.input, self.output, self.whole, self.channels) = (input, output, whole, channels)
    start = FixedBuffer([Int32](repeating: 0, count: channels))
    let target = output ?? Levels(scale: 1, zero: 0)
    var (scales, biases): ([Int: FixedBuffer<Float>], [Int: FixedBuffer<Float>]) = ([:], [:])
    for count in counts {
      // A window that meets nothing but padding gives 0.
      let divisor = whole > 0 ? whole : max(1, count)
      let factor = input.scale / target.scale
      scales[count] = FixedBuffer([Float](repeating: factor / Float(divisor), count: channels))
      // What padding counts is zero, not the zero point's level.
      biases[count] = FixedBuffer([Float](repeating: target.zero - input.zero * factor * Float(count) / Float(divisor), count: channels))
    }
    (self.scales, self.biases) = (scales, biases)
  }

  var epilogue: kerf_epilogue_u8 {
    var e = kerf_epilogue_u8()
    e.to_float = output == nil ? 1 : 0
    (e.low, e.high) = output == nil ? (-.infinity, .infinity) : (0, 255)
    e.start = start.pointer
    return e
  }

  func withEpilogue(positions: Int, _ body: (kerf_epilogue_u8) -> Void) {
    var e = epilogue
    (e.scale, e.bias) = (scales[positions]?.pointer, biases[positions]?.pointer)
    body(e)
  }
}
