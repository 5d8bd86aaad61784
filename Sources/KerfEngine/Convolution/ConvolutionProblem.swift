import KerfGraph

/// The shape of a convolution over one or two spatial axes; one axis is a single row.
package struct ConvolutionProblem: Sendable, Equatable {
  let batch, channels, height, width: Int
  /// Output channels.
  let outputs: Int
  let outputHeight, outputWidth: Int
  let rows, columns: Window.Axis
  let groups: Int

  var taps: Int { rows.kernel * columns.kernel }
  var channelsPerGroup: Int { channels / groups }
  var outputsPerGroup: Int { outputs / groups }
  var outputPixels: Int { outputHeight * outputWidth }
  /// Multiply-adds of one output pixel.
  var macsPerPixel: Int { outputs * channelsPerGroup * taps }
  var isPointwise: Bool {
    taps == 1 && rows.stride == 1 && columns.stride == 1 && height == outputHeight && width == outputWidth && rows.before == 0
      && columns.before == 0
  }
  /// One input and one output channel a group.
  var isDepthwise: Bool { groups > 1 && channelsPerGroup == 1 && outputsPerGroup == 1 }

  /// Columns right of the image that windows read.
  var overhang: Int { max(0, (outputWidth - 1) * columns.stride + columns.span - columns.before - width) }
}

/// A convolution with everything that is fused into it, as an execution takes it.
package struct ConvolutionLayer {
  let problem: ConvolutionProblem
  /// `[N, C/g, kh, kw]`
  let weights: [Float]
  /// What the weights and epilogue stem from: the key of packed forms.
  let key: String
  let epilogue: FusedEpilogue
  let input, output: Place
  let residual: Place?
  let isa: InstructionSet
  let cache: WeightCache
}
