import KerfCompression
import KerfGraph
import KerfONNX
import Testing

@Suite struct PrecisionTests {
  private func levels(_ model: Model) -> Set<String> {
    let dequantized = Set(model.graph.nodes.filter { $0.opType == "DequantizeLinear" }.flatMap(\.outputs))
    return Set(model.graph.nodes.filter { $0.opType == "Conv" && dequantized.isSuperset(of: $0.inputs.prefix(2)) }.map(\.name))
  }

  @Test func aFormIsQuantizedWithTheRestOfTheNetwork() throws {
    let model = SmallNetwork.model()
    let request = CompressionRequest(method: .form("spatial", rank: [5]), fitting: .data, precision: .int8)
    let outcome = try SmallNetwork.compressor(request).run()
    let convolutions = outcome.model.graph.nodes.filter { $0.opType == "Conv" }.map(\.name)
    #expect(levels(outcome.model) == Set(convolutions), "\(convolutions)")
    #expect(outcome.result.layers.contains { $0.form == "spatial" && $0.precision == .int8 && $0.formText == "spatial int8" })
    #expect(outcome.result.after.bytes < outcome.result.before.bytes)
    // As near as the same form in floats, but for the noise of 8 bits.
    let input = ["x": Tensor((0..<24 * 24).map { Float(($0 * 37) % 101) / 101 }, shape: [1, 1, 24, 24])]
    let plain = try SmallNetwork.compressor(CompressionRequest(method: .form("spatial", rank: [5]), fitting: .data)).run()
    #expect(try Outputs.distance(plain.model, outcome.model, input) < 0.05)
    #expect(try Outputs.distance(model, outcome.model, input) > 0)
  }

  @Test func aRecipeGivesTheSameBytes() throws {
    let request = CompressionRequest(method: .form("channel", rank: [6]), fitting: .data, precision: .int8)
    let first = try SmallNetwork.compressor(request).run()
    #expect(first.recipe.precision == "int8" && first.recipe.layers.allSatisfy { $0.precision == .int8 })
    let again = CompressionRequest(fitting: .data, precision: .int8, recipe: first.recipe)
    #expect(try ONNXFile.encode(SmallNetwork.compressor(again).run().model) == ONNXFile.encode(first.model))
  }

  @Test func aSizeBoundMayBeMetByLevelsAlone() throws {
    let model = SmallNetwork.model()
    let bound = try ONNXFile.encode(model).count * 3 / 4
    let outcome = try SmallNetwork.compressor(CompressionRequest(goal: .size(bytes: bound), fitting: .data, precision: .auto)).run()
    let size = try ONNXFile.encode(outcome.model).count
    #expect(outcome.reached == (size <= bound), "\(size) of \(bound) bytes, reached: \(outcome.reached)")
    #expect(outcome.result.layers.allSatisfy { !$0.reason.isEmpty })
  }

  @Test func levelsNeedImages() {
    #expect(throws: CompressionError.self) {
      try SmallNetwork.compressor(CompressionRequest(goal: .speedup(2), fitting: .filter, precision: .auto), data: false)
    }
  }
}
