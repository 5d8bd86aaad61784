import CKerfKernels
import KerfGraph

/// Two depthwise convolutions, `kh×1` and then `1×kw`, as one: `y[i][j][c] = Σ_u h[u][c] · Σ_t v[t][c] · x[i + t − top][j + u − left][c]`.
///
/// The sums over rows of a few pixels stay in registers and slide along the row: the intermediate image does not exist.
struct DepthwisePairConvolution: ConvolutionExecution {
  let name = "depthwise-pair"
  let length = 2

  func applicability(to problems: [ConvolutionProblem]) -> Applicability {
    let (v, h) = (problems[0], problems[1])
    guard v.isDepthwise, h.isDepthwise, v.isPlain, h.isPlain else { return .inapplicable("not two depthwise convolutions at stride 1") }
    guard v.columns.kernel == 1, v.columns.before == 0, v.shape.outputWidth == v.shape.width, h.rows.kernel == 1, h.rows.before == 0,
      h.shape.outputHeight == h.shape.height
    else { return .inapplicable("not kh×1 and then 1×kw") }
    return [3, 5, 7].contains(h.columns.kernel) ? .applicable : .inapplicable("\(h.columns.kernel) columns")
  }

  func cost(of problems: [ConvolutionProblem], _ isa: InstructionSet) -> Double {
    let vectors = Double((problems[0].channels + isa.lanes - 1) / isa.lanes)
    return Double(problems[1].batch * problems[1].outputPixels) * vectors * Double(problems[0].taps + problems[1].taps)
  }

  func stage(_ layers: [ConvolutionLayer]) -> any RowStage { DepthwisePairStage(layers[0], layers[1]) }
}

/// Rows of two depthwise factors.
struct DepthwisePairStage: RowStage {
  let shape: StageShape
  private let vertical, horizontal: DepthwiseOperands

  init(_ v: ConvolutionLayer, _ h: ConvolutionLayer) {
    let (p, q) = (v.problem.shape, h.problem.shape)
    shape = StageShape(
      channels: p.channels, height: p.height, width: p.width, outputs: q.outputs, outputHeight: q.outputHeight, outputWidth: q.outputWidth,
      rows: p.rows, columns: q.columns)
    vertical = DepthwiseOperands(v)
    horizontal = DepthwiseOperands(h)
  }

  var products: Int { shape.outputHeight * shape.outputWidth * shape.channels * (shape.rows.kernel + shape.columns.kernel) }

  func run(_ rows: Range<Int>, panels: Range<Int>, _ views: StageViews, scratch: UnsafeMutablePointer<Float>) {
    let views = FloatViews(views)
    var g = kerf_depthwise_pair_f32()
    (g.columns, g.channels, g.width, g.left) = (shape.outputWidth, shape.channels, shape.width, shape.columns.before)
    (g.a_row, g.a_column) = (views.source.row, views.source.pixel)
    (g.kernel_rows, g.kernel_columns) = (shape.rows.kernel, shape.columns.kernel)
    (g.v, g.h, g.w_step) = (vertical.weights.pointer, horizontal.weights.pointer, shape.channels)
    g.c_column = views.target.pixel
    g.epilogue = horizontal.epilogue
    for i in rows {
      let top = i - shape.rows.before
      // SAFETY: rows top + t for t in first_row..<last_row lie in the image and in the view, `a` itself is only an origin; the kernel reads
      // columns 0..<width.
      g.a = views.source.origin + top * views.source.row
      g.first_row = min(shape.rows.kernel, max(0, -top))
      g.last_row = max(g.first_row, min(shape.rows.kernel, shape.height - top))
      g.c = views.target.origin + i * views.target.row
      if let residual = views.residual {
        g.epilogue.residual = residual.origin + i * residual.row
        g.epilogue.residual_step = residual.pixel
      }
      views.kernels.pointee.depthwise_pair(&g)
    }
  }
}
