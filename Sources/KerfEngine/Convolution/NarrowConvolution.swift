import KerfGraph

/// Convolution to at most three channels, as dot products along the input's channels.
///
/// A panel of the GEMM kernels is 16 columns wide and more: for the last layer of a denoiser (one output channel) it would compute mostly padding.
struct NarrowConvolution: ConvolutionExecution {
  static let name = "narrow"

  static func applicability(to problem: ConvolutionProblem) -> Applicability {
    if problem.groups != 1 { return .inapplicable("\(problem.groups) groups") }
    return problem.outputs <= 3 ? .applicable : .inapplicable("\(problem.outputs) output channels")
  }

  static func cost(of problem: ConvolutionProblem, _ isa: InstructionSet) -> Double {
    let whole = problem.columns.dilation == 1
    let length = whole ? problem.channels * problem.columns.kernel : problem.channels
    let segments = problem.rows.kernel * (whole ? 1 : problem.columns.kernel)
    let vectors = segments * ((length + isa.lanes - 1) / isa.lanes)
    // A load for each multiply-add, and some twenty cycles to add up a vector's elements.
    return Double(problem.batch * problem.outputPixels) * Double(vectors * (problem.outputs + 1) + 20 * problem.outputs)
  }

  private let work: ImplicitGemmConvolution

  init(_ layer: ConvolutionLayer) {
    let p = layer.problem
    let weights = layer.cache.object("rows:\(layer.key)") {
      PackedWeights(rows: layer.weights, columns: p.outputs, channels: p.channels, taps: p.taps, scale: layer.epilogue.scale)
    }
    work = ImplicitGemmConvolution(layer, GemmOperands(layer.epilogue, weights: weights), isNarrow: true)
  }

  var scratch: Int { work.scratch }

  func run(_ frame: Frame) { work.run(frame) }
}
