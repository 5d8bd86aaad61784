import KerfEngine
import KerfGraph
import Testing

/// Runs one operator by its reference implementation.
func run(
  _ opType: String, domain: String = "", opset: Int = 17, _ inputs: [Tensor?], outputs: Int = 1,
  _ attributes: [String: Attribute.Value] = [:]
) throws -> [Tensor] {
  let node = Node(
    opType, domain: domain, inputs: inputs.indices.map { inputs[$0] == nil ? "" : "x\($0)" }, outputs: (0..<outputs).map { "y\($0)" },
    attributes: attributes.sorted { $0.key < $1.key }.map { Attribute($0.key, $0.value) })
  let definition = try #require(try OperatorRegistry.definition(of: node, opset: opset))
  let reference = try #require(definition as? any ReferenceOperator)
  return try reference.evaluate(inputs, count: outputs)
}

/// Small whole numbers, so that sums of products are exact in single precision whatever their order.
struct WholeNumbers {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next(_ range: ClosedRange<Int>) -> Int {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return range.lowerBound + Int(state >> 33) % range.count
  }

  mutating func tensor(_ shape: [Int]) -> Tensor {
    Tensor((0..<shape.reduce(1, *)).map { _ in Float(next(-4...4)) }, shape: shape)
  }
}

func floats(_ tensor: Tensor) -> [Float] { tensor.floats() ?? [] }
