import KerfGraph

/// `Gemm` and `MatMul` with constant weights: `y [M, N] = act(x [M, K] · w [K, N] + b)`.
enum MatrixProductPath: FastPath {
  static let opTypes = ["Gemm", "MatMul"]

  static func plan(_ job: PlanNode, _ planner: Planner) throws(EngineError) -> Applicability {
    guard let x = job.floatShape(0), x.count >= 2, let y = job.outputShape, y.count == x.count, y.reduce(1, *) > 0, x.reduce(1, *) > 0,
      let depth = x.last, let columns = y.last
    else { return .inapplicable("not float32 matrices of fixed extents") }
    guard let matrix = job.inputs[1]?.value, matrix.type == .float, matrix.rank == 2 else {
      return .inapplicable("the right matrix is not constant")
    }
    // Rows of the packed matrix are output columns: `[N][K]`, which is what `transB` says of the file.
    var (transposed, alpha): (Bool, Float) = (false, 1)
    var bias = [Float](repeating: 0, count: columns)
    if let gemm = job.definition as? Gemm {
      if gemm.transA { return .inapplicable("the left matrix is transposed") }
      (transposed, alpha) = (gemm.transB, gemm.alpha)
      if job.inputs.count > 2, let info = job.inputs[2] {
        guard let given = job.floats(2), let shape = info.fixedShape, given.count == 1 || given.count == columns && shape.last == columns
        else {
          return .inapplicable("the addend is not one constant a column")
        }
        for j in bias.indices { bias[j] = gemm.beta * given[given.count == 1 ? 0 : j] }
      }
    }
    let channelAxis = transposed ? 0 : 1
    let levels = planner.levelsOperands(job, channelAxis: channelAxis)
    if let levels, depth <= LevelsConvolution.deepest {
      try planLevels(job, levels, transposed: transposed, alpha: alpha, bias: bias, y, depth, planner)
      return .applicable
    }
    let epilogue = FusedEpilogue.collect(
      bias: bias, output: job.node.outputs[0], shape: y, channels: columns, channelAxis: y.count - 1, planner)
    let input = try planner.place(of: job.node.inputs[0], as: .rowMajor)
    var residual: Place?
    if let name = epilogue.residual { residual = try planner.place(of: name, as: .rowMajor) }
    let output = planner.newBuffer(y, .rowMajor)
    let operands = GemmOperands(
      rows(of: matrix, transposed: transposed, alpha: alpha), columns: columns, channels: depth, taps: 1, groups: 1,
      key: epilogue.key(job.node), epilogue,
      isa: planner.isa, cache: planner.weights)
    let work = MatrixProductWork(
      operands, rows: x.dropLast().reduce(1, *), depth: depth, columns: columns, inputs: [input], output: output, residual: residual)
    planner.emit(
      Step(
        job.node.label, ([job.node.opType] + epilogue.operators).joined(separator: "+"), "gemm", macs: job.macs(),
        reads: [input] + (residual.map { [$0] } ?? []), writes: [output], work: work))
    planner.define(epilogue.output, output)
    return .applicable
  }

  /// The product of levels as a convolution of a row of pixels.
  private static func planLevels(
    _ job: PlanNode, _ given: LevelsOperands, transposed: Bool, alpha: Float, bias: [Float], _ y: [Int], _ depth: Int, _ planner: Planner
  ) throws(EngineError) {
    let columns = bias.count
    let rows = y.reduce(1, *) / columns
    let epilogue = FusedEpilogue.collect(
      bias: bias, output: job.node.outputs[0], shape: y, channels: columns, channelAxis: y.count - 1, onLevels: true, planner)
    let weights = transposed ? given.weights : given.weights.transposed
    let levels = LevelsOperands(input: given.input, weights: weights, weightScales: given.weightScales.map { $0 * alpha })
    guard let held = planner.levels(of: job.node.inputs[0]) else { return }
    let x = try planner.levelsPlace(of: held.source)
    func row(_ place: Place, _ channels: Int) -> Place {
      place.viewed(ImageView(ImageShape(batch: 1, channels: channels, height: 1, width: rows)), shape: [1, channels, 1, rows])
    }
    var residual: Place?
    if let name = epilogue.residual {
      if epilogue.residualLevels != nil, let added = planner.levels(of: name) {
        residual = row(try planner.levelsPlace(of: added.source), columns)
      } else {
        residual = row(try planner.place(of: name, as: .rowMajor), columns)
      }
    }
    let output = planner.newBuffer(y, epilogue.levels == nil ? .rowMajor : .levels)
    let shape = StageShape(
      channels: depth, height: 1, width: rows, outputs: columns, outputHeight: 1, outputWidth: rows, rows: .single, columns: .single)
    let problem = ConvolutionProblem(batch: 1, shape: shape, groups: 1, onLevels: true, toLevels: epilogue.levels != nil)
    let piece = ConvolutionPiece(
      problem: problem, weights: [], key: epilogue.key(job.node), epilogue: epilogue, levels: levels, input: row(x, depth),
      output: row(output, columns), residual: residual)
    planner.emit([piece], of: job, epilogue, reads: [x] + (residual.map { [$0] } ?? []), output: output)
  }

  /// `alpha · w` as `[N][K]`.
  private static func rows(of matrix: Tensor, transposed: Bool, alpha: Float) -> [Float] {
    var weights = matrix.floats() ?? []
    if alpha != 1 { weights = weights.map { $0 * alpha } }
    if transposed { return weights }
    let (depth, columns) = (matrix.shape[0], matrix.shape[1])
    var turned = weights
    for k in 0..<depth {
      for n in 0..<columns { turned[n * depth + k] = weights[k * columns + n] }
    }
    return turned
  }
}
