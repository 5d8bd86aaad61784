import KerfGraph
import Testing

@Suite struct ConvTests {
  @Test func aConvolutionStatesItsOutputShape() throws {
    let node = Node(
      "Conv", inputs: ["x", "w"], outputs: ["y"],
      attributes: [Attribute("strides", .ints([2, 1])), Attribute("pads", .ints([1, 0, 1, 0]))])
    let conv = try Conv(node, opset: 13)
    let x = TensorInfo(.float, [.symbolic("N"), .fixed(3), .fixed(9), .fixed(8)])
    let w = TensorInfo(.float, [.fixed(5), .fixed(3), .fixed(3), .fixed(2)])
    let y = try conv.inferOutputs([x, w], count: 1)
    #expect(y == [TensorInfo(.float, [.symbolic("N"), .fixed(5), .fixed(5), .fixed(7)])])
  }
}
