import KerfEngine
import KerfGraph

/// A model of a few nodes for tests: `x` in, `y` out.
struct OneLayer {
  var nodes: [Node] = []
  var constants: [Initializer] = []
  let shape: [Int]

  init(_ shape: [Int]) { self.shape = shape }

  var model: Model {
    Model(
      graph: Graph(
        name: "test", nodes: nodes, initializers: constants, inputs: [ValueInfo("x", .tensor(.float, shape.map { .fixed($0) }))],
        outputs: [ValueInfo("y", .tensor(.float, nil))]))
  }

  /// The session's output and the reference implementations', and the executions that the session chose.
  func compare(
    _ x: Tensor, isa: InstructionSet = .best, threads: Int = 1, outputs: [String]? = nil, execution: String? = nil, exact: Bool = false,
    arithmetic: Arithmetic = .float32
  ) throws
    -> (fast: Tensor, reference: Tensor, executions: [String])
  {
    var options = EngineOptions(threads: threads, instructionSet: isa, exact: exact)
    options.convolutionExecution = execution
    options.arithmetic = arithmetic
    let session = try Session(model, outputs: outputs, options: options)
    let name = outputs?[0] ?? "y"
    let fast = try session.run(["x": x])
    let reference = try Interpreter(model).run(["x": x], fetching: outputs)
    let timings = try session.profile(["x": x], runs: 1)
    guard let fast = fast[name], let reference = reference[name] else { throw EngineError(.input, "no output '\(name)'") }
    return (fast, reference, timings.map(\.execution))
  }
}

/// The largest difference over the largest size.
func relativeDifference(_ a: Tensor, _ b: Tensor) -> Float {
  guard a.shape == b.shape, let p = a.floats(), let q = b.floats() else { return .infinity }
  let size = q.map(abs).max() ?? 0
  return zip(p, q).map { abs($0 - $1) }.max().map { $0 / max(size, 1e-30) } ?? 0
}

func noise(_ shape: [Int], seed: UInt64) -> Tensor {
  var noise = Noise(seed: seed)
  return Tensor(noise.floats(shape.reduce(1, *)), shape: shape)
}
