import KerfEngine
import KerfGraph
import Testing

/// What the ONNX node tests leave open: other versions' attributes, other element types, errors.
@Suite struct TensorOperatorTests {
  private func run(
    _ opType: String, _ inputs: [Tensor?], opset: Int = 13, outputs: Int = 1, _ attributes: [Attribute] = []
  ) throws -> [Tensor] {
    let node = Node(opType, inputs: inputs.map { $0 == nil ? "" : "x" }, outputs: (0..<outputs).map { "y\($0)" }, attributes: attributes)
    return try #require(try Interpreter.evaluate(node, inputs, opset: opset))
  }

  private func floats(_ elements: [Float], _ shape: [Int]) -> Tensor { Tensor(elements, shape: shape) }

  @Test func oldVersionsTakeTheirListsFromAttributes() throws {
    let x = floats([0, 1, 2, 3, 4, 5], [2, 3])
    let slice = try run(
      "Slice", [x], opset: 9, [Attribute("starts", .ints([-2])), Attribute("ends", .ints([.max])), Attribute("axes", .ints([1]))])
    #expect(slice == [floats([1, 2, 4, 5], [2, 2])])
    let pad = try run("Pad", [x], opset: 10, [Attribute("pads", .ints([0, 1, 0, -2])), Attribute("value", .float(9))])
    #expect(pad == [floats([9, 0, 9, 3], [2, 2])])
    let top = try run("TopK", [x], opset: 9, outputs: 2, [Attribute("k", .int(2))])
    #expect(top == [floats([2, 1, 5, 4], [2, 2]), Tensor([2, 1, 2, 1] as [Int64], shape: [2, 2])])
    let split = try run("Split", [x], opset: 11, outputs: 2, [Attribute("split", .ints([1, 2])), Attribute("axis", .int(-1))])
    #expect(split == [floats([0, 3], [2, 1]), floats([1, 2, 4, 5], [2, 2])])
    #expect(try run("Unsqueeze", [x], opset: 11, [Attribute("axes", .ints([-1, 0]))])[0].shape == [1, 2, 3, 1])
    #expect(try run("Squeeze", [floats([1], [1, 1])], opset: 11)[0].shape == [])
  }

  @Test func broadcastingGoesOverAllPatternsOfStretchedAxes() throws {
    let extents = [[], [1], [3], [2, 1], [2, 3], [4, 1, 1], [4, 2, 1], [4, 1, 3], [1, 2, 3], [4, 2, 3], [0, 2, 3]]
    for a in extents {
      for b in extents {
        let x = floats((0..<a.reduce(1, *)).map { Float($0) }, a)
        let y = floats((0..<b.reduce(1, *)).map { Float(100 * $0) }, b)
        guard let shape = try? run("Expand", [x, Tensor(b.map { Int64($0) }, shape: [b.count])])[0].shape else { continue }
        let target = Tensor(shape.map { Int64($0) }, shape: [shape.count])
        let left = try run("Expand", [x, target])[0].floats() ?? []
        let right = try run("Expand", [y, target])[0].floats() ?? []
        let sum = try run("Add", [x, y])[0]
        #expect(sum == floats(zip(left, right).map { $0 + $1 }, shape), "\(a) + \(b)")
      }
    }
  }

  @Test func halfTypesAreComputedInFloat() throws {
    let x = Tensor(shape: [2], storage: .float16([1.5, -2].map(HalfPrecision.half)))
    let y = Tensor(shape: [1], storage: .float16([HalfPrecision.half(0.25)]))
    #expect(try run("Mul", [x, y])[0] == Tensor(shape: [2], storage: .float16([0.375, -0.5].map(HalfPrecision.half))))
    #expect(try run("Greater", [x, y])[0] == Tensor([true, false], shape: [2]))
  }

  @Test func wholeNumbersNeverTrap() throws {
    let least = Tensor([.min, .max] as [Int64], shape: [2])
    let minusOne = Tensor([-1] as [Int64], shape: [1])
    for opType in ["Add", "Sub", "Mul", "Div", "Mod", "Pow", "Max", "Sum"] { _ = try run(opType, [least, minusOne]) }
    for opType in ["Neg", "Abs", "Sign", "ReduceSum", "ReduceProd", "ReduceL1", "ReduceL2", "ReduceMean"] { _ = try run(opType, [least]) }
    #expect(throws: EngineError.self) { try run("Div", [least, Tensor([0] as [Int64], shape: [])]) }
    #expect(throws: EngineError.self) { try run("Mod", [least, Tensor([0] as [Int64], shape: [])]) }
  }

  @Test func castsSaturateAndRoundTowardsZero() throws {
    let x = floats([-1.9, 300, .nan, .infinity, -.infinity], [5])
    #expect(try run("Cast", [x], [Attribute("to", .int(2))])[0] == Tensor(shape: [5], storage: .uint8([0, 255, 0, 255, 0])))
    #expect(try run("Cast", [x], [Attribute("to", .int(9))])[0] == Tensor([true, true, true, true, true], shape: [5]))
    let big = Tensor([1 << 53 + 1] as [Int64], shape: [])
    #expect(try run("Cast", [big], [Attribute("to", .int(13))])[0] == Tensor(shape: [], storage: .uint64([1 << 53 + 1])))
  }

  @Test(
    arguments: [
      ("reflect", [3, 2, 1, 0, 1, 2, 3, 2, 1]), ("edge", [0, 0, 0, 0, 1, 2, 3, 3, 3]), ("wrap", [1, 2, 3, 0, 1, 2, 3, 0, 1]),
      ("constant", [7, 7, 7, 0, 1, 2, 3, 7, 7]),
    ] as [(String, [Int64])]) func paddingContinuesByItsMode(_ mode: String, wanted: [Int64]) throws
  {
    let x = Tensor([0, 1, 2, 3] as [Int64], shape: [4])
    let pads = Tensor([3, 2] as [Int64], shape: [2])
    let y = try run("Pad", [x, pads, Tensor(scalar: 7 as Int64)], opset: 19, [Attribute("mode", .string(Array(mode.utf8)))])
    #expect(y[0].integers() == wanted)
  }

  @Test func sizesThatNoMachineHoldsAreErrors() {
    let huge = Tensor([1 << 40, 1 << 40] as [Int64], shape: [2])
    let x = floats([1], [1, 1])
    #expect(throws: EngineError.self) { try run("Expand", [x, huge]) }
    #expect(throws: EngineError.self) { try run("Tile", [x, huge]) }
    #expect(throws: EngineError.self) { try run("ConstantOfShape", [huge]) }
    #expect(throws: EngineError.self) { try run("Reshape", [x, huge]) }
    #expect(throws: EngineError.self) { try run("Pad", [x, Tensor([0, 0, .max, .min] as [Int64], shape: [4])]) }
    #expect(throws: EngineError.self) {
      try run("Range", [Tensor(scalar: 0 as Int64), Tensor(scalar: Int64.max), Tensor(scalar: 1 as Int64)])
    }
    #expect(throws: EngineError.self) { try run("Gather", [x, Tensor([1] as [Int64], shape: [1])]) }
    #expect(throws: EngineError.self) { try run("Transpose", [x], [Attribute("perm", .ints([0, 0]))]) }
  }
}
