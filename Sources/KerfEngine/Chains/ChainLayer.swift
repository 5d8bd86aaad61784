import KerfGraph

/// One convolution or pooling of a chain, or a change between floats and levels, with what is fused into it.
struct ChainLayer {
  enum Kind {
    case convolution(ConvolutionLayer)
    case pool(any RowStage)
    case convert(ConvertStage)
  }

  let label: String
  let operators: String
  let macs: Int
  let kind: Kind
  /// Added before the activation.
  let residual: Place?
  /// The value that comes out, and its shape in ONNX's order.
  let output: String
  let outputShape: [Int]

  var convolution: ConvolutionLayer? { if case .convolution(let layer) = kind { layer } else { nil } }

  var shape: StageShape {
    switch kind {
    case .convolution(let layer): layer.problem.shape
    case .pool(let stage): stage.shape
    case .convert(let stage): stage.shape
    }
  }

  /// Whether levels come in, and go out.
  var onLevels: Bool {
    switch kind {
    case .convolution(let layer): layer.problem.onLevels
    case .pool(let stage): stage.elements.input == 1
    case .convert(let stage): stage.elements.input == 1
    }
  }
  var toLevels: Bool {
    switch kind {
    case .convolution(let layer): layer.problem.toLevels
    case .pool(let stage): stage.elements.output == 1
    case .convert(let stage): stage.elements.output == 1
    }
  }

  /// What a row of the output takes, in floats.
  var outputRow: Int { shape.outputWidth * shape.outputs / (toLevels ? 4 : 1) }

  /// Nothing happens between its sums and the next layer.
  var isLinear: Bool {
    guard let epilogue = convolution?.epilogue else { return false }
    return residual == nil && epilogue.levels == nil && epilogue.slope == nil && epilogue.low == -.infinity && epilogue.high == .infinity
      && epilogue.bias.allSatisfy { $0 == 0 }
  }
}

/// Convolutions and poolings that follow each other with nobody else reading what lies between.
struct Chain {
  let input: Place
  let batch: Int
  var layers: [ChainLayer]
}
