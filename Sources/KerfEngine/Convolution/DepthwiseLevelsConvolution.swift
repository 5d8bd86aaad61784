import CKerfKernels
import KerfGraph

/// Depthwise convolution of levels, one kernel a channel: taps outside the image read the zero point.
struct DepthwiseLevelsConvolution: ConvolutionExecution {
  let name = "depthwise-u8"
  let onLevels = true

  func applicability(to problems: [ConvolutionProblem]) -> Applicability {
    let p = problems[0]
    return p.isDepthwise ? .applicable : .inapplicable("\(p.groups) groups of \(p.channelsPerGroup) channels")
  }

  func cost(of problems: [ConvolutionProblem], _ isa: InstructionSet) -> Double {
    let p = problems[0]
    let lanes = isa.bytes.pointee.lanes
    return Double(p.batch * p.outputPixels * (p.taps + 4)) * Double((p.channels + lanes - 1) / lanes)
  }

  func stage(_ layers: [ConvolutionLayer]) -> any RowStage {
    let layer = layers[0]
    guard let operands = layer.levels else { preconditionFailure("a convolution of levels has operands") }
    return LevelsWindowStage(layer.problem.shape, .depthwise(DepthwiseLevels(layer, operands)), toLevels: layer.problem.toLevels)
  }
}

/// What the depthwise kernels on bytes read besides the image.
struct DepthwiseLevels: Sendable {
  /// `[kh][kw][C]`
  let weights: FixedBuffer<Int8>
  let start: FixedBuffer<Int32>
  let scale, bias: FixedBuffer<Float>
  let slope: FixedBuffer<Float>?
  let zero: UInt8
  private let numbers: LevelsEpilogue

  init(_ layer: ConvolutionLayer, _ operands: LevelsOperands) {
    let p = layer.problem
    let signed = operands.weights.signed
    var turned = signed
    var start = [Int32](repeating: 0, count: p.channels)
    for c in 0..<p.channels {
      for t in 0..<p.taps {
        turned[t * p.channels + c] = signed[c * p.taps + t]
        start[c] -= Int32(operands.input.zero) * Int32(signed[c * p.taps + t])
      }
    }
    weights = FixedBuffer(turned)
    self.start = FixedBuffer(start)
    let epilogue = LevelsEpilogue(layer, operands)
    (scale, bias, slope) = (FixedBuffer(epilogue.scale), FixedBuffer(epilogue.bias), epilogue.slope.map { FixedBuffer($0) })
    zero = UInt8(operands.input.zero)
    numbers = epilogue
  }

  /// Everything but the residual.
  var epilogue: kerf_epilogue_u8 {
    var e = numbers.kernel
    (e.start, e.scale, e.bias, e.slope) = (start.pointer, scale.pointer, bias.pointer, slope?.pointer)
    return e
  }
}
