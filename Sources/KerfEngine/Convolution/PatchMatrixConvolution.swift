import CKerfKernels
import KerfGraph

#if canImport(Accelerate)
  import Accelerate
#else
  import CLAPACK
#endif

/// Convolution as one product of matrices by BLAS after all patches of the image were written side by side (`im2col`).
///
/// `Y [pixels × N] = P [pixels × kh·kw·C] · Wᵀ`: fast wherever BLAS is, and the patches take `kh·kw` times the image's memory. What the implicit
/// product saves is seen beside it.
/// - Reference: K. Chellapilla, S. Puri, P. Simard, "High Performance Convolutional Neural Networks for Document Processing", 2006.
struct PatchMatrixConvolution: ConvolutionExecution {
  let name = "im2col"

  /// Bytes that the patches may take.
  private static let mostBytes = 1 << 30

  func applicability(to problems: [ConvolutionProblem]) -> Applicability {
    let p = problems[0]
    if p.groups != 1 { return .inapplicable("\(p.groups) groups") }
    if p.taps == 1, p.isPlain { return .inapplicable("the patches of a 1×1 kernel are the image: implicit-gemm is that product") }
    let bytes = 4 * PatchMatrixStage.floats(p)
    return bytes <= Self.mostBytes ? .applicable : .inapplicable("patches of \(bytes >> 20) MiB, more than \(Self.mostBytes >> 20)")
  }

  func cost(of problems: [ConvolutionProblem], _ isa: InstructionSet) -> Double {
    // Patches and sums go to memory and come back, and BLAS packs both sides anew. At least twice the implicit product, which always applies: only
    // exhaustive plans time it.
    2 * ImplicitGemmConvolution().cost(of: problems, isa) + 0.5 * Double(problems[0].batch * PatchMatrixStage.floats(problems[0]))
  }

  func stage(_ layers: [ConvolutionLayer]) -> any RowStage {
    let layer = layers[0]
    let p = layer.problem
    let weights = layer.cache.object("rows:\(layer.key)") {
      PackedWeights(
        rows: layer.weights, columns: p.outputs, channels: p.channels, taps: p.taps, scale: layer.epilogue.scale, in: layer.cache,
        key: layer.key)
    }
    return PatchMatrixStage(p, GemmOperands(layer.epilogue, weights: weights))
  }
}

/// All rows of an image at once, so that the product, and with it every bit, is the same however the work is cut.
struct PatchMatrixStage: RowStage {
  let shape: StageShape
  private let problem: ConvolutionProblem
  private let operands: GemmOperands

  init(_ p: ConvolutionProblem, _ operands: GemmOperands) {
    Self.pinned
    (shape, problem, self.operands) = (p.shape, p, operands)
  }

  /// BLAS runs on the thread that calls it.
  private static let pinned: Void = {
    #if !canImport(Accelerate)
      openblas_set_num_threads(1)
    #endif
  }()

  /// Of the patches and the sums of one image.
  static func floats(_ p: ConvolutionProblem) -> Int { p.outputPixels * (p.taps * p.channels + p.outputs) }

  var quantum: Int { shape.outputHeight }
  var products: Int { problem.outputPixels * problem.macsPerPixel }
  var weightFloats: Int { operands.weights.values.count }
  func scratch(rows: Int) -> Int { Self.floats(problem) }

  func run(_ rows: Range<Int>, panels: Range<Int>, _ views: StageViews, scratch: UnsafeMutablePointer<Float>) {
    let views = FloatViews(views)
    var patches = kerf_patches_f32()
    patches.x = views.source.origin
    (patches.x_row, patches.x_column) = (views.source.row, views.source.pixel)
    (patches.height, patches.width, patches.channels) = (shape.height, shape.width, shape.channels)
    (patches.kernel_rows, patches.kernel_columns) = (shape.rows.kernel, shape.columns.kernel)
    (patches.row_stride, patches.column_stride) = (shape.rows.stride, shape.columns.stride)
    (patches.row_dilation, patches.column_dilation) = (shape.rows.dilation, shape.columns.dilation)
    (patches.before_rows, patches.before_columns, patches.out_width) = (shape.rows.before, shape.columns.before, shape.outputWidth)
    let (pixels, depth) = (rows.count * shape.outputWidth, operands.weights.depth)
    // SAFETY: `scratch(rows:)` floats hold the patches of all rows and, behind them, their sums; weights are `[outputs][depth]`; the views hold `rows`,
    // and input rows outside the image are not read.
    kerf_im2col_f32(&patches, rows.lowerBound, rows.upperBound, scratch)
    let sums = scratch + pixels * depth
    cblas_sgemm(
      CblasRowMajor, CblasNoTrans, CblasTrans, numericCast(pixels), numericCast(shape.outputs), numericCast(depth), 1, scratch,
      numericCast(depth), operands.weights.values.pointer, numericCast(depth), 0, sums, numericCast(shape.outputs))
    var epilogue = kerf_epilogue_f32()
    epilogue.bias = operands.bias.pointer
    epilogue.slope = operands.slope?.pointer
    (epilogue.low, epilogue.high) = (operands.low, operands.high)
    for (place, i) in rows.enumerated() {
      if let residual = views.residual {
        epilogue.residual = residual.origin + i * residual.row
        epilogue.residual_step = residual.pixel
      }
      views.kernels.pointee.finish(
        &epilogue, shape.outputWidth, shape.outputs, sums + place * shape.outputWidth * shape.outputs,
        views.target.origin + i * views.target.row,
        views.target.pixel)
    }
  }
}
