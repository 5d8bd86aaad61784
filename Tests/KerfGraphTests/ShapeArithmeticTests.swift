import KerfGraph
import Testing

@Suite struct ShapeArithmeticTests {
  private func infer(_ opType: String, _ inputs: [TensorInfo?], count: Int = 1, opset: Int = 18, _ attributes: [Attribute] = []) throws
    -> [TensorInfo]
  {
    let node = Node(opType, inputs: inputs.map { _ in "x" }, outputs: (0..<count).map { "y\($0)" }, attributes: attributes)
    return try #require(try OperatorRegistry.definition(of: node, opset: opset)).inferOutputs(inputs, count: count)
  }

  private func known(_ list: [Int64]) -> TensorInfo { TensorInfo(constant: Tensor(list, shape: [list.count])) }
  private let image = TensorInfo(.float, [.symbolic("N"), .fixed(64), .fixed(8), .unknown])

  @Test func valuesFollowThroughShapeArithmetic() throws {
    let shape = try infer("Shape", [TensorInfo(.float, [.fixed(2), .fixed(3), .fixed(4)])])[0]
    let last = try infer("Gather", [shape, TensorInfo(constant: Tensor(scalar: -1 as Int64))])[0]
    let twice = try infer("Mul", [last, TensorInfo(constant: Tensor(scalar: 2 as Int64))])[0]
    let row = try infer("Unsqueeze", [twice, known([0])])[0]
    let target = try infer("Concat", [known([-1]), row], [Attribute("axis", .int(0))])[0]
    #expect(target.value == Tensor([-1, 8] as [Int64], shape: [2]))
  }

  @Test func partsOfAShapeAreKnownWhereTheWholeIsNot() throws {
    #expect(try infer("Shape", [image])[0] == TensorInfo(.int64, [.fixed(4)]))
    #expect(
      try infer("Shape", [image], [Attribute("start", .int(1)), Attribute("end", .int(3))])[0].value
        == Tensor([64, 8] as [Int64], shape: [2]))
  }

  @Test func symbolsPassThroughReshapes() throws {
    #expect(
      try infer("Reshape", [image, known([0, 16, 4, 8, -1])])[0].shape == [.symbolic("N"), .fixed(16), .fixed(4), .fixed(8), .unknown])
    let map = TensorInfo(.float, [.symbolic("N"), .fixed(4), .fixed(2), .fixed(2)])
    #expect(try infer("Reshape", [map, known([0, -1])])[0].shape == [.symbolic("N"), .fixed(16)])
    #expect(try infer("Reshape", [map, known([-1, 16])])[0].shape == [.symbolic("N"), .fixed(16)])
    #expect(try infer("Flatten", [map])[0].shape == [.symbolic("N"), .fixed(16)])
    #expect(throws: GraphError.self) { try infer("Reshape", [map, known([0, 3, -1])]) }
  }

  @Test func broadcastKeepsSymbolsWhereOnlyOnesMeetThem() throws {
    let bias = TensorInfo(.float, [.fixed(64), .fixed(1), .fixed(1)])
    #expect(try infer("Add", [image, bias])[0].shape == [.symbolic("N"), .fixed(64), .fixed(8), .unknown])
    #expect(throws: GraphError.self) { try infer("Add", [image, TensorInfo(.float, [.fixed(3), .fixed(1), .fixed(1)])]) }
    #expect(throws: GraphError.self) { try infer("Add", [image, TensorInfo(.double, [])]) }
  }

  @Test func aSliceOfTheWholeAxisKeepsItsSymbol() throws {
    let whole = try infer("Slice", [image, known([0, 2]), known([.max, 6]), known([0, 1])])[0]
    #expect(whole.shape == [.symbolic("N"), .fixed(4), .fixed(8), .unknown])
    #expect(
      try infer("Slice", [known([5, 6, 7]), known([.max]), known([.min]), known([0]), known([-1])])[0].value
        == Tensor([7, 6, 5] as [Int64], shape: [3]))
  }
}
