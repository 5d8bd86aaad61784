import KerfEngine
import KerfGraph

/// Quantized networks of a few nodes for tests.
struct LevelsLayer {
  /// How a value is quantized.
  struct Scale: Sendable {
    var scale: Float
    var zero: Int
    var isSigned = false
  }

  var nodes: [Node] = []
  var constants: [Initializer] = []
  let shape: [Int]
  private var count = 0

  init(_ shape: [Int]) { self.shape = shape }

  /// Quantizes and dequantizes a value; returns the name of what comes out.
  mutating func requantize(_ name: String, _ scale: Scale) -> String {
    count += 1
    let (s, z, q, d) = ("s\(count)", "z\(count)", "q\(count)", "d\(count)")
    constants.append(Initializer(s, Tensor([scale.scale], shape: [])))
    constants.append(
      Initializer(
        z,
        Tensor(shape: [], storage: scale.isSigned ? .int8([Int8(scale.zero)]) : .uint8([UInt8(scale.zero)]))))
    nodes.append(Node("QuantizeLinear", inputs: [name, s, z], outputs: [q]))
    nodes.append(Node("DequantizeLinear", inputs: [q, s, z], outputs: [d]))
    return d
  }

  /// Dequantized weights `[N, …]`, with one scale an output channel or one in all.
  mutating func weights(_ shape: [Int], perChannel: Bool, seed: UInt64) -> String {
    count += 1
    let (s, z, q, d) = ("ws\(count)", "wz\(count)", "wq\(count)", "wd\(count)")
    let scales = perChannel ? (0..<shape[0]).map { 0.004 + 0.001 * Float($0 % 5) } : [0.006]
    var noise = Noise(seed: seed)
    let values = noise.floats(shape.reduce(1, *)).map { Int8(max(-127, min(127, ($0 * 90).rounded()))) }
    let scaleShape = perChannel ? [shape[0]] : []
    constants.append(Initializer(s, Tensor(scales, shape: scaleShape)))
    constants.append(Initializer(z, Tensor(shape: scaleShape, storage: .int8(scales.map { _ in 0 }))))
    constants.append(Initializer(q, Tensor(shape: shape, storage: .int8(values))))
    nodes.append(Node("DequantizeLinear", inputs: [q, s, z], outputs: [d], attributes: [Attribute("axis", .int(0))]))
    return d
  }

  mutating func node(_ type: String, _ inputs: [String], _ attributes: [Attribute] = []) -> String {
    count += 1
    nodes.append(Node(type, inputs: inputs, outputs: ["v\(count)"], attributes: attributes))
    return "v\(count)"
  }

  mutating func constant(_ tensor: Tensor) -> String {
    count += 1
    constants.append(Initializer("c\(count)", tensor))
    return "c\(count)"
  }

  func model(_ output: String) -> Model {
    Model(
      graph: Graph(
        name: "levels", nodes: nodes + [Node("Identity", inputs: [output], outputs: ["y"])], initializers: constants,
        inputs: [ValueInfo("x", .tensor(.float, shape.map { .fixed($0) }))], outputs: [ValueInfo("y", .tensor(.float, nil))]))
  }

  struct Comparison {
    /// Largest difference in steps of `scale`, and the share of values that differ by more than a hundredth of one.
    let steps, share: Double
    let executions: [String]
  }

  /// What the reference implementations make of noise.
  func reference(_ output: String) throws -> Tensor? { try Interpreter(model(output)).run(["x": noise(shape, seed: 9)])["y"] }

  /// The session, all in one pipeline, against the reference implementations.
  func compare(_ output: String, _ right: Tensor?, step: Float, isa: InstructionSet = .best) throws -> Comparison {
    var options = EngineOptions(threads: 1, instructionSet: isa)
    options.fusion = .always
    let session = try Session(model(output), options: options)
    let x = noise(shape, seed: 9)
    let fast = try session.run(["x": x])["y"]
    guard let fast, let right, fast.shape == right.shape, let a = fast.floats(), let b = right.floats() else {
      throw EngineError(.shape, "outputs differ in shape")
    }
    let differences = zip(a, b).map { Double(abs($0 - $1) / step) }
    return Comparison(
      steps: differences.max() ?? 0, share: Double(differences.count { $0 > 0.01 }) / Double(max(1, differences.count)),
      executions: try session.profile(["x": x], runs: 1).map(\.execution))
  }
}
