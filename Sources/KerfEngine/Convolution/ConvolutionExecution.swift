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
    FourierConvolution(),
    PatchMatrixConvolution(),
    DepthwiseLevelsConvolution(),
    LevelsConvolution(),
  ]

  /// The executions that apply to these convolutions together, and what they are estimated to cost, cheapest first.
  static func candidates(_ problems: [ConvolutionProblem], _ options: EngineOptions) -> [(
    execution: any ConvolutionExecution, cost: Double
  )] {
    let able = all.filter { obstacle(to: $0, problems, options) == nil }
    let wanted = able.filter { $0.name == options.convolutionExecution }
    return (wanted.isEmpty ? able : wanted).map { ($0, $0.cost(of: problems, options.instructionSet)) }.enumerated()
      .sorted { ($0.element.1, $0.offset) < ($1.element.1, $1.offset) }.map(\.element)
  }

  /// Why an execution does not take these convolutions together under these options; `nil` where it does.
  static func obstacle(to execution: any ConvolutionExecution, _ problems: [ConvolutionProblem], _ options: EngineOptions) -> String? {
    if execution.length != problems.count { return "runs \(execution.length) convolutions as one" }
    if execution.onLevels != problems[0].onLevels { return execution.onLevels ? "runs on quantized values" : "runs on floats" }
    if ![.float32, options.arithmetic].contains(execution.arithmetic) { return "\(execution.arithmetic.rawValue) was not asked for" }
    if case .inapplicable(let reason) = execution.applicability(to: problems) { return reason }
    let error = execution.error(of: problems)
    return error <= options.layerErrorBound ? nil : "errors up to \(error), more than \(options.layerErrorBound)"
  }
}
