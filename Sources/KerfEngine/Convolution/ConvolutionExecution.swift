import KerfGraph

/// One way to run a convolution on channels-last floats.
///
/// One file an execution, one line in `ConvolutionRegistry`. The reference implementation of the operator is always behind them.
package protocol ConvolutionExecution: StepWork {
  /// `implicit-gemm`
  static var name: String { get }
  static func applicability(to problem: ConvolutionProblem) -> Applicability
  /// Estimated time in cycles of one core; only the order of executions matters.
  static func cost(of problem: ConvolutionProblem, _ isa: InstructionSet) -> Double
  init(_ layer: ConvolutionLayer)
}

/// The executions, best loved first where costs are equal.
package enum ConvolutionRegistry {
  package static let all: [any ConvolutionExecution.Type] = [
    PointwiseConvolution.self,
    DepthwiseConvolution.self,
    NarrowConvolution.self,
    ImplicitGemmConvolution.self,
  ]

  /// The execution asked for where it applies, else the cheapest that does, or `nil` where none does.
  static func choose(_ problem: ConvolutionProblem, _ options: EngineOptions) -> (any ConvolutionExecution.Type)? {
    let isa = options.instructionSet
    if let wanted = all.first(where: { $0.name == options.convolutionExecution }), wanted.applicability(to: problem) == .applicable {
      return wanted
    }
    var best: (cost: Double, type: any ConvolutionExecution.Type)?
    for type in all where type.applicability(to: problem) == .applicable {
      let cost = type.cost(of: problem, isa)
      if best.map({ cost < $0.cost }) ?? true { best = (cost, type) }
    }
    return best?.type
  }
}
