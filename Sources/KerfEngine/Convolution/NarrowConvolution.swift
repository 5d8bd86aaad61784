import CKerfKernels
import KerfGraph

/// Convolution to at most three channels, as dot products along the input's channels.
///
/// A panel of the GEMM kernels is 16 columns wide and more: for the last layer of a denoiser (one output channel) it would compute mostly padding.
struct NarrowConvolution: ConvolutionExecution {
  let name = "narrow"

  func applicability(to problems: [ConvolutionProblem]) -> Applicability {
    let p = problems[0]
    if p.groups != 1 { return .inapplicable("\(p.groups) groups") }
    return p.outputs <= 3 ? .applicable : .inapplicable("\(p.outputs) output channels")
  }

  func cost(of problems: [ConvolutionProblem], _ isa: InstructionSet) -> Double {
    let p = problems[0]
    let whole = p.columns.dilation == 1
    let length = whole ? p.channels * p.columns.kernel : p.channels
    let segments = p.rows.kernel * (whole ? 1 : p.columns.kernel)
    let vectors = segments * ((length + isa.lanes - 1) / isa.lanes)
    // A load for each multiply-add, and some twenty cycles to add up a vector's elements.
    return Double(p.batch * p.outputPixels) * Double(vectors * (p.outputs + 1) + 20 * p.outputs)
  }

  func stage(_ layers: [ConvolutionLayer]) -> any RowStage {
    let layer = layers[0]
    let p = layer.problem
    let weights = layer.cache.object("rows:\(layer.key)") {
      PackedWeights(
        rows: layer.weights, columns: p.outputs, channels: p.channels, taps: p.taps, scale: layer.epilogue.scale, in: layer.cache,
        key: layer.key)
    }
    return GemmStage(p, GemmOperands(layer.epilogue, weights: weights), isa: layer.isa, kernel: .narrow)
  }
}
