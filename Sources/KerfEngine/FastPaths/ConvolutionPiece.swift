import KerfGraph

/// An ordinary convolution that makes a part of another operator's output: chosen and run like any other, on views of the operator's input and output.
struct ConvolutionPiece {
  /// Its batch is the number of images of the views.
  let problem: ConvolutionProblem
  /// `[N, C/g, kh, kw]`
  let weights: [Float]
  /// What the weights and epilogue stem from.
  let key: String
  let epilogue: FusedEpilogue
  var levels: LevelsOperands?
  let input, output: Place
  let residual: Place?

  func planned(_ planner: Planner, label: String) -> (work: Pipeline, execution: String, products: Int, weightFloats: Int)? {
    let layer = ConvolutionLayer(
      problem: problem, kernel: Tensor(weights, shape: [weights.count]), key: key, epilogue: epilogue, levels: levels, isa: planner.isa,
      cache: planner.weights)
    let link = ChainLayer(
      label: label, operators: "Conv", macs: problem.batch * problem.outputPixels * problem.macsPerPixel, kind: .convolution(layer),
      residual: residual, output: epilogue.output, outputShape: output.shape)
    let chain = Chain(input: input, batch: problem.batch, layers: [link])
    let groups = ChainPlanner(chain, planner.options, planner.prices(batch: problem.batch)).groups()
    guard let choice = groups.first?.stages.first else { return nil }
    planner.record(chain, [choice])
    let stage = choice.stage(chain.layers)
    let work = Pipeline(
      [stage], residuals: [residual], input: input, output: output, batch: problem.batch, threads: planner.options.threads)
    return (work, choice.name, problem.batch * stage.products, stage.weightFloats)
  }
}

/// Pieces one after another.
struct SequenceWork: StepWork {
  let works: [Pipeline]
  var scratch: Int { works.map(\.scratch).max() ?? 0 }
  func run(_ frame: Frame) { for work in works { work.run(frame) } }
}

extension Planner {
  /// Emits one step for all pieces of a node's output and says where that is.
  func emit(_ pieces: [ConvolutionPiece], of job: PlanNode, _ epilogue: FusedEpilogue, reads: [Place], output: Place) {
    let planned = pieces.enumerated().compactMap { $1.planned(self, label: "\(job.node.label) \($0 + 1)/\(pieces.count)") }
    var names: [String] = []
    for piece in planned where !names.contains(piece.execution) { names.append(piece.execution) }
    let part = Step.Part(
      label: job.node.label, operators: ([job.node.opType] + epilogue.operators).joined(separator: "+"),
      execution: "\(planned.count) × \(names.joined(separator: ", "))", macs: job.macs(),
      products: planned.reduce(0) { $0 + $1.products },
      bytes: 4 * (reads.reduce(output.count) { $0 + $1.count } + planned.reduce(0) { $0 + $1.weightFloats }))
    emit(Step([part], reads: reads, writes: [output], work: SequenceWork(works: planned.map(\.work))))
    define(epilogue.output, output)
  }
}
