import KerfGraph

/// One way to run a convolution, or several that follow each other, on rows of channels-last floats.
///
/// One file an execution, one line in `ConvolutionRegistry`. The reference implementation of the operator is always behind them.
package protocol ConvolutionExecution: Sendable {
  /// `implicit-gemm`
  var name: String { get }
  /// Convolutions that it runs as one.
  var length: Int { get }
  /// Whether it runs convolutions of levels, and no others.
  var onLevels: Bool { get }
  /// What it multiplies; offered where that is float32 or what the options ask for.
  var arithmetic: Arithmetic { get }
  /// Largest difference from direct sums beyond their own rounding, relative to the largest output value; 0 where there is none.
  func error(of problems: [ConvolutionProblem]) -> Double
  func applicability(to problems: [ConvolutionProblem]) -> Applicability
  /// Floats of packed weights, about.
  func weightFloats(of problems: [ConvolutionProblem]) -> Int
  /// Estimated time in cycles of one core; only the order of executions matters.
  func cost(of problems: [ConvolutionProblem], _ isa: InstructionSet) -> Double
  func stage(_ layers: [ConvolutionLayer]) -> any RowStage
}

extension ConvolutionExecution {
  package var length: Int { 1 }
  package var onLevels: Bool { false }
  package var arithmetic: Arithmetic { .float32 }
  package func weightFloats(of problems: [ConvolutionProblem]) -> Int {
    problems.reduce(0) { $0 + $1.outputs * $1.channelsPerGroup * $1.taps }
  }
  package func error(of problems: [ConvolutionProblem]) -> Double { 0 }
}

/// The executions, best loved first where costs are equal.
package enum ConvolutionRegistry {
  package static let all: [any ConvolutionExecution] = [
    DepthwisePairConvolution(),
    DepthwiseConvolution(),
    NarrowConvolution(),
    BFloat16Convolution(),
    ImplicitGemmConvolution(),
    WinogradConvolution(alpha: 10),
    WinogradConvolution(alpha: 8),
    WinogradConvolution(alpha: 6),
    WinogradConvolution(alpha: 4),
    DepthwiseLevelsConvolution(),
    LevelsConvolution(),
  ]

  /// The executions that apply to these convolutions together, and what they are estimated to cost, cheapest first.
  static func candidates(_ problems: [ConvolutionProblem], _ options: EngineOptions) -> [(
    execution: any ConvolutionExecution, cost: Double
  )] {
    let able = all.filter {
      $0.length == problems.count && $0.onLevels == problems[0].onLevels && [.float32, options.arithmetic].contains($0.arithmetic)
        && $0.applicability(to: problems) == .applicable
        && $0.error(of: problems) <= options.layerErrorBound
    }
    let wanted = able.filter { $0.name == options.convolutionExecution }
    return (wanted.isEmpty ? able : wanted).map { ($0, $0.cost(of: problems, options.instructionSet)) }.enumerated()
      .sorted { ($0.element.1, $0.offset) < ($1.element.1, $1.offset) }.map(\.element)
  }
}
