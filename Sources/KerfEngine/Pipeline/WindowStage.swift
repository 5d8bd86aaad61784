import CKerfKernels
import KerfGraph

/// Walks a window over channels-last images for depthwise convolution and pooling.
struct WindowStage: RowStage {
  enum Operation: Sendable {
    /// `Σ x·w + bias`, then the activation.
    case depthwise(DepthwiseOperands)
    case max
    /// Sums divided by the positions inside the image, or by all of them.
    case average(countsPadding: Bool)

    /// Whether what comes out is one of the values that go in.
    var keepsLevels: Bool { if case .max = self { true } else { false } }
  }

  let shape: StageShape
  let operation: Operation
  private let walk: WindowWalk
  /// Whether the kernel takes whole rows, a column of zeros at either end being part of it.
  private let slides: Bool

  init(_ shape: StageShape, _ operation: Operation) {
    self.shape = shape
    self.operation = operation
    let columns = shape.columns
    var slides = false
    if case .depthwise = operation {
      slides =
        columns.kernel == 3 && columns.stride == 1 && columns.dilation == 1 && columns.before <= 1
        && shape.outputWidth - columns.before + 1 <= shape.width
    }
    self.slides = slides
    walk = WindowWalk(shape, wholeRows: slides)
  }

  var products: Int {
    guard case .depthwise = operation else { return 0 }
    return shape.outputHeight * shape.outputWidth * shape.channels * shape.rows.kernel * shape.columns.kernel
  }

  func run(_ rows: Range<Int>, panels: Range<Int>, _ views: StageViews, scratch: UnsafeMutablePointer<Float>) {
    let views = FloatViews(views)
    var form = kerf_window_f32()
    form.channels = shape.channels
    form.a_column = shape.columns.stride * views.source.pixel
    form.tap_row = shape.rows.dilation * views.source.row
    form.tap_column = shape.columns.dilation * views.source.pixel
    form.kernel_columns = shape.columns.kernel
    form.c_column = views.target.pixel
    var op = KERF_WINDOW_SUM
    switch operation {
    case .max: op = KERF_WINDOW_MAX
    case .average: break
    case .depthwise(let operands):
      op = KERF_WINDOW_DEPTHWISE
      form.w = operands.weights.pointer
      form.w_step = shape.channels
      form.epilogue = operands.epilogue
      if let residual = views.residual { form.epilogue.residual_step = residual.pixel }
    }
    form.a_row = shape.rows.stride * views.source.row
    form.c_row = views.target.row
    form.residual_row = views.residual?.row ?? 0
    let window = views.kernels.pointee.window
    walk.pieces(of: rows) { piece in
      var g = form
      var left = piece.left
      var taps = piece.tapColumns
      if slides {
        (left, taps) = (-shape.columns.before, 0..<3)
        g.zeros_left = shape.columns.before
        g.zeros_right = Swift.max(0, shape.outputWidth + 2 - shape.columns.before - shape.width)
      }
      // SAFETY: rows top + t·dilation for t in tapRows and columns left + u·dilation for u in taps lie in the image for all pixels of the piece;
      // `a` itself may lie outside and is only an origin.
      (g.rows, g.columns) = (piece.rows.count, piece.columns.count)
      g.a = views.source.origin + (piece.top * views.source.row + left * views.source.pixel)
      (g.first_row, g.last_row) = (piece.tapRows.lowerBound, piece.tapRows.upperBound)
      (g.first_column, g.last_column) = (taps.lowerBound, taps.upperBound)
      if case .average(let countsPadding) = operation {
        let positions = countsPadding ? shape.rows.kernel * shape.columns.kernel : piece.positions
        g.scale = 1 / Float(Swift.max(1, positions))
      }
      let (i, j) = (piece.rows.lowerBound, piece.columns.lowerBound)
      g.c = views.target.origin + (i * views.target.row + j * views.target.pixel)
      if let residual = views.residual { g.epilogue.residual = residual.origin + (i * residual.row + j * residual.pixel) }
      window(&g, op)
    }
  }
}

/// What depthwise kernels read besides the image.
struct DepthwiseOperands: Sendable {
  /// `[kh][kw][C]`
  let weights: FixedBuffer<Float>
  let bias: FixedBuffer<Float>
  let slope: FixedBuffer<Float>?
  let low, high: Float

  /// Everything but the residual.
  var epilogue: kerf_epilogue_f32 {
    var e = kerf_epilogue_f32()
    e.bias = bias.pointer
    e.slope = slope?.pointer
    e.low = low
    e.high = high
    return e
  }
}
