import KerfEngine
import KerfGraph
import Testing

@Suite struct BlockPathTests {
  @Test(arguments: ["DepthToSpace", "SpaceToDepth"], ["DCR", "CRD"])
  func blocksMoveAsInTheReference(operation: String, mode: String) throws {
    for (batch, block) in [(1, 2), (3, 2), (2, 3), (1, 1)] {
      for afterConvolution in [true, false] {
        let channels = 2 * block * block + (operation == "SpaceToDepth" ? 1 : 0)
        var layer = OneLayer([batch, afterConvolution ? 3 : channels, 4 * block, 5 * block])
        layer.nodes = [
          Node(
            operation, inputs: [afterConvolution ? "c" : "x"], outputs: ["y"],
            attributes: [Attribute("blocksize", .int(Int64(block))), Attribute("mode", .string(Array(mode.utf8)))])
        ]
        if afterConvolution {
          layer.nodes.insert(Node("Conv", name: "conv", inputs: ["x", "w"], outputs: ["c"]), at: 0)
          layer.constants = [Initializer("w", noise([channels, 3, 1, 1], seed: 2))]
        }
        let result = try layer.compare(noise(layer.shape, seed: 5), threads: 2)
        #expect(relativeDifference(result.fast, result.reference) < 3e-6, "block \(block), batch \(batch)")
        #expect(result.executions.contains("blocks"), "\(result.executions)")
      }
    }
  }
}
