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

/// What the depthwise kernels on bytes read besides the image: for one pixel, and for a few that follow each other.
///
/// Pixels without gaps between them are like one pixel of all their channels: a vector of 64 bytes is then full where one pixel's channels would
/// leave a part of it empty.
struct DepthwiseLevels: Sendable {
  /// Pixels taken as one: as many as fill a vector.
  let joined: Int
  /// `[kh][kw][joined · C]`
  let weights: FixedBuffer<Int8>
  let start: FixedBuffer<Int32>
  let scale, bias: FixedBuffer<Float>
  let slope: FixedBuffer<Float>?
  let zero: UInt8
  private let numbers: LevelsEpilogue

  init(_ layer: ConvolutionLayer, _ operands: LevelsOperands) {
    let p = layer.problem
    let signed = operands.weights.signed
    // Kernels over both axes slide along a row instead, which saves more.
    let isFlat = p.rows.kernel == 1 || p.columns.kernel == 1
    let joined = isFlat && [16, 32].contains(p.channels) ? 64 / p.channels : 1
    self.joined = joined
    func repeated<Value>(_ values: [Value]) -> [Value] { (0..<joined).flatMap { _ in values } }
    var turned: [Int8] = []
    for t in 0..<p.taps { turned += repeated((0..<p.channels).map { signed[$0 * p.taps + t] }) }
    let sums = (0..<p.channels).map { c in signed[c * p.taps..<(c + 1) * p.taps].reduce(Int32(0)) { $0 + Int32($1) } }
    let start = repeated(sums.map { -Int32(operands.input.zero) * $0 })
    weights = FixedBuffer(turned)
    self.start = FixedBuffer(start)
    let epilogue = LevelsEpilogue(layer, operands)
    (scale, bias, slope) = (
      FixedBuffer(repeated(epilogue.scale)), FixedBuffer(repeated(epilogue.bias)), epilogue.slope.map { FixedBuffer(repeated($0)) }
    )
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
