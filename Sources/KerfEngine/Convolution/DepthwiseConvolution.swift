import CKerfKernels
import KerfGraph

/// Depthwise convolution, one kernel a channel: `y[i][j][c] = Σ x[i·s + t·d][j·s + u·d][c] · w[t][u][c]`.
///
/// Vectors run over channels, a few pixels at a time; at the borders the window is cut to the taps inside the image, so nothing is copied.
struct DepthwiseConvolution: ConvolutionExecution {
  let name = "depthwise"

  func applicability(to problems: [ConvolutionProblem]) -> Applicability {
    let p = problems[0]
    return p.isDepthwise ? .applicable : .inapplicable("\(p.groups) groups of \(p.channelsPerGroup) channels")
  }

  func cost(of problems: [ConvolutionProblem], _ isa: InstructionSet) -> Double {
    let p = problems[0]
    // A multiply-add and a load for each tap of a vector of channels.
    return Double(p.batch * p.outputPixels * p.taps) * Double((p.channels + isa.lanes - 1) / isa.lanes) * 1.5
  }

  func stage(_ layers: [ConvolutionLayer]) -> any RowStage {
    WindowStage(layers[0].problem.shape, .depthwise(DepthwiseOperands(layers[0])))
  }
}
