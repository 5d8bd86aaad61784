import KerfGraph

/// The shape of a convolution over one or two spatial axes; one axis is a single row.
@dynamicMemberLookup
package struct ConvolutionProblem: Sendable, Hashable {
  let batch: Int
  let shape: StageShape
  let groups: Int
  /// Whether levels come in, and go out.
  var onLevels = false
  var toLevels = false

  package subscript<Value>(dynamicMember path: KeyPath<StageShape, Value>) -> Value { shape[keyPath: path] }

  var taps: Int { shape.rows.kernel * shape.columns.kernel }
  var channelsPerGroup: Int { shape.channels / groups }
  var outputsPerGroup: Int { shape.outputs / groups }
  var outputPixels: Int { shape.outputHeight * shape.outputWidth }
  /// Multiply-adds of one output pixel.
  var macsPerPixel: Int { shape.outputs * channelsPerGroup * taps }
  /// One input and one output channel a group.
  var isDepthwise: Bool { groups > 1 && channelsPerGroup == 1 && outputsPerGroup == 1 }
  /// Stride and dilation 1 along both axes.
  var isPlain: Bool { [shape.rows, shape.columns].allSatisfy { $0.stride == 1 && $0.dilation == 1 } }
}

/// A convolution with everything that is fused into it, as an execution takes it.
package struct ConvolutionLayer {
  let problem: ConvolutionProblem
  /// `[N, C/g, kh, kw]`
  let kernel: Tensor
  /// What the weights and epilogue stem from: the key of packed forms.
  let key: String
  let epilogue: FusedEpilogue
  /// Of a convolution of levels.
  var levels: LevelsOperands?
  let isa: InstructionSet
  let cache: WeightCache

  /// The kernel's elements. They may have to be read from the model's file: ask for them only where they are packed.
  var weights: [Float] { kernel.floats() ?? [] }
}
