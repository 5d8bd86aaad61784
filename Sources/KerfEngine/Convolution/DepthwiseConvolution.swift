import CKerfKernels
import KerfGraph

/// Depthwise convolution, one kernel a channel: `y[i][j][c] = Σ x[i·s + t·d][j·s + u·d][c] · w[t][u][c]`.
///
/// Vectors run over channels, a few pixels at a time; at the borders the window is cut to the taps inside the image, so nothing is copied.
struct DepthwiseConvolution: ConvolutionExecution {
  let name = "depthwise"

  func applicability(to problems: [ConvolutionProblem]) -> Applicability {
    let p = problems[0]
    return p.isDepthwise ? .applicable : .inapplicable("\(p.groups) group\(p.groups == 1 ? "" : "s") of \(p.channelsPerGroup) channels")
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

extension DepthwiseOperands {
  init(_ layer: ConvolutionLayer) {
    let p = layer.problem
    weights = layer.cache.floats("depthwise:\(layer.key)", count: p.channels * p.taps) { out in
      let w = layer.weights
      // SAFETY: `out` has room for channels·taps floats.
      for c in 0..<p.channels {
        for t in 0..<p.taps { out[t * p.channels + c] = w[c * p.taps + t] * (layer.epilogue.scale?[c] ?? 1) }
      }
    }
    bias = FixedBuffer(layer.epilogue.bias)
    slope = layer.epilogue.slope.map { FixedBuffer($0) }
    (low, high) = (layer.epilogue.low, layer.epilogue.high)
  }
}
